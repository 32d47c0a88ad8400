// The server's list of documents, as it is spoken over REST.
//
// Every refusal becomes a `Refusal` that carries the server's own code; a server that cannot be
// reached, or answers something else than JSON, becomes a `Refusal` with code `unreachable`.
// An error is never read as an empty list.
import { resourcePath } from '../address'

export interface DocumentInfo {
  name: string
  title: string | null
  created: string
  updated: string
  bytes: number
  people: number
}

/** What a document is called: by its title, or else by the name it is told apart by. */
export const labelOf = (info: Pick<DocumentInfo, 'name' | 'title'>): string => info.title?.trim() || info.name

export interface DocumentPage {
  documents: DocumentInfo[]
  next: string | null
}

export type Sort = 'updated' | 'name' | 'created'

export interface Query {
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
  if (query.q) params.set('q', query.q)
  if (query.sort) params.set('sort', query.sort)
  if (query.cursor) params.set('cursor', query.cursor)
  if (query.limit) params.set('limit', String(query.limit))
  const search = params.toString()
  return json(await call(`/api/documents${search ? `?${search}` : ''}`, { signal: signal ?? null }))
}

/** Without a name the server picks a readable one. */
export async function createDocument(name?: string): Promise<DocumentInfo> {
  const body = JSON.stringify(name ? { name } : {})
  return json(
    await call('/api/documents', { method: 'POST', body, headers: { 'content-type': 'application/json' } }),
  )
}

export async function deleteDocument(name: string): Promise<void> {
  await call(resourcePath(name), { method: 'DELETE' })
}

export async function restoreDocument(name: string): Promise<DocumentInfo> {
  return json(await call(`${resourcePath(name)}/restore`, { method: 'POST' }))
}
