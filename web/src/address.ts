// Where things live: the one place that turns document names into paths and back.
//
// A document name may hold slashes; each of its segments is percent-encoded on its own, so that
// `/d/team/2026 plan` stays readable in the address bar. In REST paths the same name is a single
// segment. Anything that cannot be decoded is no document, never a guess.

export type Route = { page: 'home' } | { page: 'document'; name: string } | { page: 'unknown' }

const DOCUMENTS = '/d/'

const segments = (name: string): string => name.split('/').map(encodeURIComponent).join('/')

export function routeOf(pathname: string): Route {
  if (pathname === '/' || pathname === '') return { page: 'home' }
  if (!pathname.startsWith(DOCUMENTS)) return { page: 'unknown' }
  try {
    const name = decodeURIComponent(pathname.slice(DOCUMENTS.length))
    return name === '' ? { page: 'unknown' } : { page: 'document', name }
  } catch {
    return { page: 'unknown' }
  }
}

/** The page of a document. */
export const documentPath = (name: string): string => DOCUMENTS + segments(name)

/** The REST resource of a document: its name is one segment. */
export const resourcePath = (name: string): string => `/api/documents/${encodeURIComponent(name)}`

/** Formats that a document is had in as a file. */
export type FileFormat = 'markdown' | 'html' | 'json' | 'text'

/** A document as a file; HTML as a whole page. */
export const contentPath = (name: string, format: FileFormat): string =>
  `${resourcePath(name)}/content?format=${format}${format === 'html' ? '&page=true' : ''}&download=true`

/** What a document is called as a file, where nobody says it. */
export const fileName = (name: string, ending: string): string =>
  name.replace(/[^\p{L}\p{N}._-]+/gu, '-') + ending

/** The socket of a document in the two parts the provider wants; it joins them with a slash. */
export function socketAddress(at: Pick<Location, 'protocol' | 'host'>, name: string) {
  const scheme = at.protocol === 'https:' ? 'wss:' : 'ws:'
  return { url: `${scheme}//${at.host}/ws`, room: segments(name) }
}
