// The server's full-text search, as it is spoken over REST.
import { call, json } from './documents'

/** A part of a text; a match is what was looked for. */
export interface Piece {
  text: string
  match: boolean
}

export interface Found {
  name: string
  title: string | null
  updated: string
  excerpt: Piece[]
}

export interface SearchPage {
  results: Found[]
  next: string | null
}

/** The longest question that the server takes, in characters. */
const LONGEST = 512

/** Documents with all these words, the last one by its beginning; the best first. */
export async function searchDocuments(q: string, limit: number, signal?: AbortSignal): Promise<SearchPage> {
  const asked = [...q].slice(0, LONGEST).join('')
  const params = new URLSearchParams({ q: asked, limit: String(limit) })
  return json(await call(`/api/search?${params}`, { signal: signal ?? null }))
}
