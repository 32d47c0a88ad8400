// What a document was, over REST: its versions, its content at any moment, what became of it between
// two of them, and the way back. Everything here only reads, but for naming and restoring.
import { resourcePath } from '../address'
import { call, type DocumentInfo, json } from './documents'

/** A number, or of a branch `b` and a number. */
export type VersionId = number | string

export interface Version {
  id: VersionId
  name: string | null
  at: string
  bytes: number
  /** Who wrote since the version before; null when that is not kept any more. */
  authors: string[] | null
  /** How many wrote since then whose names are not known. */
  unnamed: number | null
  /** It is none of the document's moments, but what somebody wrote offline, before it was merged. */
  branch?: boolean
}

export interface VersionPage {
  versions: Version[]
  next: string | null
  /** Why the branches are not in it, when they cannot be read. */
  lost?: string
}

/** The number of a version, a moment (RFC 3339), or now. */
export type At = number | string

export const NOW = 'now'

export interface Writer {
  client: number
  name: string | null
}

export interface MarkSpec {
  type: string
  attrs?: Record<string, unknown>
}

/** A block or a run of text, as the server tells it: of a content, or of a comparison. */
export interface Told {
  type?: string
  attrs?: Record<string, unknown>
  text?: string
  marks?: MarkSpec[]
  content?: Told[]
  /** Whose it is, where that was asked for. */
  author?: Writer
  change?: 'same' | 'added' | 'removed' | 'changed'
  was?: { type?: string; attrs?: Record<string, unknown>; marks?: MarkSpec[] }
  by?: Writer
  /** So many blocks that are the same are left out here. */
  blocks?: number
}

interface Amount {
  blocks: number
  characters: number
}

export interface Comparison {
  counts: { added: Amount; removed: Amount; changed: Amount }
  content: Told[]
}

export interface Restored {
  /** The version of what was there before. */
  before: VersionId
}

const PAGE = 50
/** Where the text of the editor lives. */
const ROOT = 'content'

const versionsPath = (name: string): string => `${resourcePath(name)}/versions`

/** A header holds bytes: the letters of a name travel as their UTF-8. */
const asBytes = (name: string): string => String.fromCharCode(...new TextEncoder().encode(name))

const withBody = (method: string, body: unknown): RequestInit => ({
  method,
  body: JSON.stringify(body),
  headers: { 'content-type': 'application/json' },
})

export async function listVersions(
  name: string,
  cursor: string | null,
  signal?: AbortSignal,
): Promise<VersionPage> {
  const params = new URLSearchParams({ limit: String(PAGE) })
  if (cursor !== null) params.set('cursor', cursor)
  return json(await call(`${versionsPath(name)}?${params}`, { signal: signal ?? null }))
}

export async function versionOf(name: string, id: VersionId): Promise<Version> {
  return json(await call(`${versionsPath(name)}/${id}`))
}

/** When the document was made and last changed, and what time it is where that is written down. */
export async function lifeOf(
  name: string,
  signal?: AbortSignal,
): Promise<{ info: DocumentInfo; clock: number }> {
  const response = await call(resourcePath(name), { signal: signal ?? null })
  const clock = Date.parse(response.headers.get('date') ?? '')
  return { info: await json<DocumentInfo>(response), clock: Number.isNaN(clock) ? Date.now() : clock }
}

/** Names what the document is now. */
export async function nameNow(name: string, label: string): Promise<Version> {
  return json(await call(versionsPath(name), withBody('POST', { name: label })))
}

/** Another name for a version, or none. */
export async function nameVersion(name: string, id: VersionId, label: string | null): Promise<Version> {
  return json(await call(`${versionsPath(name)}/${id}`, withBody('PATCH', { name: label })))
}

/** The document becomes what it was, by the smallest edit; words that stay keep their comments. */
export async function bringBack(name: string, at: At, author: string): Promise<Restored> {
  const headers = { 'x-cowrite-author': asBytes(author) }
  const path = `${versionsPath(name)}/${encodeURIComponent(String(at))}/restore`
  return json(await call(path, { method: 'POST', headers }))
}

export async function contentAt(
  name: string,
  at: At,
  authors: boolean,
  signal?: AbortSignal,
): Promise<{ content?: Told[] }> {
  const params = new URLSearchParams({ format: 'json', root: ROOT, at: String(at) })
  if (authors) params.set('authors', 'true')
  return json(await call(`${resourcePath(name)}/content?${params}`, { signal: signal ?? null }))
}

export async function compare(name: string, from: At, to: At, signal?: AbortSignal): Promise<Comparison> {
  const params = new URLSearchParams({ format: 'json', root: ROOT, from: String(from), to: String(to) })
  return json(await call(`${resourcePath(name)}/diff?${params}`, { signal: signal ?? null }))
}

/** A version as a file of Markdown. */
export const markdownPath = (name: string, at: At): string =>
  `${resourcePath(name)}/content?${new URLSearchParams({ format: 'markdown', download: 'true', at: String(at) })}`
