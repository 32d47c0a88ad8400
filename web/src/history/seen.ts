// When this device last saw a document, kept in localStorage: by the server's clock, because it is
// compared with what the server notes. Written when the page is left or hidden, never while the server
// is out of reach: what was not shown was not seen.

export interface Seen {
  /** In milliseconds, by the server's clock. */
  at: number
  /** Under which name one was here. */
  name: string
}

const keyOf = (document: string): string => `cowrite:seen:${document}`

/** What a former visit stored; null when it is missing or damaged. */
export function parseSeen(stored: string | null): Seen | null {
  if (stored === null) return null
  try {
    const value = JSON.parse(stored) as { at?: unknown; name?: unknown }
    const { at, name } = value
    return typeof at === 'number' && Number.isFinite(at) && typeof name === 'string' ? { at, name } : null
  } catch {
    return null
  }
}

export function lastSeen(document: string): Seen | null {
  try {
    return parseSeen(localStorage.getItem(keyOf(document)))
  } catch {
    return null
  }
}

export function noteSeen(document: string, seen: Seen): void {
  try {
    localStorage.setItem(keyOf(document), JSON.stringify(seen))
  } catch {
    // Storage is refused: the next visit is like a first one.
  }
}
