// The server's list of documents, as it is spoken over REST.
//
// Every refusal becomes a `Refusal` that carries the server's own code; a server that cannot be
// reached, or answers something else than JSON, becomes a `Refusal` with code `unreachable`.
// An error is never read as an empty list.
import { resourcePath } from '../address'
import { titleOf } from '../title'

export interface DocumentInfo {
  name: string
  title: string | null
  created: string
  updated: string
  bytes: number
  people: number
  /** Who of them shows a name; the server tells of a few. */
  present: { name: string; color: string | null }[]
  /** How its text begins; null as long as the server has not read it for that. */
  excerpt: string | null
  /** When it was deleted, if it is. */
  deleted?: string
}

/** So much of a text stands in the place of a title. */
const LABEL = 60

/** What a document is called: by its title, or how its text begins, or by the name it is told apart by. */
export function labelOf(info: Pick<DocumentInfo, 'name' | 'title'> & { excerpt?: string | null }): string {
  const title = titleOf(info.title).trim()
  if (title) return title
  const letters = [...(info.excerpt?.trim() ?? '')]
  if (letters.length === 0) return info.name
  return letters.length > LABEL ? `${letters.slice(0, LABEL).join('').trimEnd()}…` : letters.join('')
}

export interface DocumentPage {
  documents: DocumentInfo[]
  next: string | null
}

export type Sort = 'updated' | 'title' | 'created'

export interface Query {
  /** Those in the trash, and no others. */
  deleted?: boolean
  q?: string
  sort?: Sort
  cursor?: string
  limit?: number
}

export class Refusal extends Error {
  constructor(
    readonly code: string,
    message: string,
    readonly status: number,
  ) {
    super(message)
    this.name = 'Refusal'
  }
}

const unreachable = (status: number): Refusal =>
  new Refusal('unreachable', 'The server cannot be reached.', status)

async function refusalOf(response: Response): Promise<Refusal> {
  try {
    const body: unknown = await response.json()
    const error = (body as { error?: { code?: unknown; message?: unknown } }).error
    if (typeof error?.code === 'string')
      return new Refusal(error.code, String(error.message ?? error.code), response.status)
  } catch {
    // Not JSON: a proxy answered in the server's place.
  }
  return unreachable(response.status)
}

export async function call(path: string, init: RequestInit = {}): Promise<Response> {
  let response: Response
  try {
    response = await fetch(path, { ...init, headers: { accept: 'application/json', ...init.headers } })
  } catch (cause) {
    if (cause instanceof DOMException && cause.name === 'AbortError') throw cause
    throw unreachable(0)
  }
  if (!response.ok) throw await refusalOf(response)
  return response
}

export async function json<T>(response: Response): Promise<T> {
  try {
    return (await response.json()) as T
  } catch {
    throw unreachable(response.status)
  }
}

export async function listDocuments(query: Query = {}, signal?: AbortSignal): Promise<DocumentPage> {
  const params = new URLSearchParams()
  if (query.deleted) params.set('deleted', 'true')
  if (query.q) params.set('q', query.q)
  if (query.sort) params.set('sort', query.sort)
  if (query.cursor) params.set('cursor', query.cursor)
  if (query.limit) params.set('limit', String(query.limit))
  const search = params.toString()
  return json(await call(`/api/documents${search ? `?${search}` : ''}`, { signal: signal ?? null }))
}

export async function describeDocument(name: string, signal?: AbortSignal): Promise<DocumentInfo> {
  return json(await call(resourcePath(name), { signal: signal ?? null }))
}

/** What a new document is made of. Without a name the server picks a readable one. */
export interface Beginning {
  name?: string
  title?: string
  /** The id of a template: the server puts it in, so that nobody puts it in twice. */
  template?: string
  /** A text in `format`, or a document of ProseMirror. */
  content?: string | object
  format?: string
}

export async function beginDocument(beginning: Beginning, signal?: AbortSignal): Promise<DocumentInfo> {
  const body = JSON.stringify(beginning)
  const headers = { 'content-type': 'application/json' }
  return json(await call('/api/documents', { method: 'POST', body, headers, signal: signal ?? null }))
}

export const createDocument = (name?: string): Promise<DocumentInfo> => beginDocument(name ? { name } : {})

/** Gives a document another title, for everybody who has it open, too; an empty one takes it away. */
export async function renameDocument(name: string, title: string): Promise<DocumentInfo> {
  const body = JSON.stringify({ title })
  const headers = { 'content-type': 'application/json' }
  return json(await call(resourcePath(name), { method: 'PATCH', body, headers }))
}

export async function deleteDocument(name: string): Promise<void> {
  await call(resourcePath(name), { method: 'DELETE' })
}

export async function restoreDocument(name: string): Promise<DocumentInfo> {
  return json(await call(`${resourcePath(name)}/restore`, { method: 'POST' }))
}
