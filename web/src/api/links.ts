// Documents as links see them: found by a few letters, made by a title, looked into before one goes there,
// and asked for what leads to them.
import { resourcePath } from '../address'
import { call, type DocumentInfo, json, labelOf, listDocuments, Refusal } from './documents'

export interface Found {
  name: string
  label: string
}

const TITLES = 7
const TEXTS = 4

interface SearchPage {
  results: { name: string; title: string | null }[]
}

/** By their words; a search that cannot answer leaves what titles and names give. */
async function searchTexts(query: string, signal: AbortSignal | undefined): Promise<SearchPage['results']> {
  try {
    const params = new URLSearchParams({ q: query, limit: String(TEXTS) })
    return (await json<SearchPage>(await call(`/api/search?${params}`, { signal: signal ?? null }))).results
  } catch (error) {
    if (error instanceof Refusal) return []
    throw error
  }
}

/** Documents of which title or name hold the words, then those that speak of them; the newest without words. */
export async function findDocuments(query: string, signal?: AbortSignal): Promise<Found[]> {
  const [titles, texts] = await Promise.all([
    listDocuments({ q: query, sort: 'updated', limit: TITLES }, signal),
    query === '' ? [] : searchTexts(query, signal),
  ])
  const found = new Map<string, Found>()
  for (const info of [...titles.documents, ...texts])
    if (!found.has(info.name)) found.set(info.name, { name: info.name, label: labelOf(info) })
  return [...found.values()]
}

/** A new document with this title; the server picks its name. */
export async function createTitled(title: string): Promise<DocumentInfo> {
  const body = JSON.stringify({ title })
  return json(
    await call('/api/documents', { method: 'POST', body, headers: { 'content-type': 'application/json' } }),
  )
}

/** So much of a text is read to show how it begins. */
const BEGINNING = 600
const SHOWN = 160

/** How a text begins, on one line, without the title if it begins with that. */
export function firstWords(text: string, title: string): string {
  let line = text.replace(/\s+/gu, ' ').trim()
  if (line.startsWith(title)) line = line.slice(title.length).trim()
  if (line.length <= SHOWN) return line
  const cut = line.slice(0, SHOWN)
  const space = cut.lastIndexOf(' ')
  return `${(space > SHOWN / 2 ? cut.slice(0, space) : cut).trim()}…`
}

/** The beginning of a document's text; the rest of the answer is not waited for. */
async function beginningOf(name: string, signal: AbortSignal): Promise<string> {
  const stop = new AbortController()
  const response = await call(`${resourcePath(name)}/content?format=text`, {
    headers: { accept: 'text/plain' },
    signal: AbortSignal.any([signal, stop.signal]),
  })
  const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader()
  let text = ''
  while (reader !== undefined && text.length < BEGINNING) {
    const { value, done } = await reader.read()
    if (done) return text
    text += value
  }
  stop.abort()
  return text
}

export interface Glimpse {
  label: string
  beginning: string
  updated: string
}

/** What one sees of a document before going there; null when there is none of this name. */
export async function glimpse(name: string, signal: AbortSignal): Promise<Glimpse | null> {
  try {
    // One after the other: what is not there is asked for once.
    const info = await json<DocumentInfo>(await call(resourcePath(name), { signal }))
    const text = await beginningOf(name, signal)
    const label = labelOf(info)
    return { label, beginning: firstWords(text, label), updated: info.updated }
  } catch (error) {
    if (error instanceof Refusal && (error.status === 404 || error.status === 410)) return null
    throw error
  }
}

interface Backlinks {
  documents: { name: string; title: string | null }[]
  next: string | null
}

/** Documents that link to this one. A server that does not know the question has no answer to it. */
export async function backlinksOf(name: string, signal: AbortSignal): Promise<Found[]> {
  try {
    const page = await json<Backlinks>(await call(`${resourcePath(name)}/backlinks`, { signal }))
    return page.documents.map((info) => ({ name: info.name, label: labelOf(info) }))
  } catch (error) {
    if (error instanceof Refusal && error.status === 404) return []
    throw error
  }
}
