// What was in a document's threads when one last looked, on this device: the ids of their messages.
// Times would not do, since every device has a clock of its own.

const keyOf = (document: string): string => `cowrite:comments-seen:${document}`

export function readSeen(document: string): Set<string> {
  try {
    const value: unknown = JSON.parse(localStorage.getItem(keyOf(document)) ?? '[]')
    return new Set(Array.isArray(value) ? value.filter((id) => typeof id === 'string') : [])
  } catch {
    return new Set()
  }
}

export function storeSeen(document: string, seen: ReadonlySet<string>): void {
  try {
    if (seen.size === 0) localStorage.removeItem(keyOf(document))
    else localStorage.setItem(keyOf(document), JSON.stringify([...seen]))
  } catch {
    // Storage is refused: it is known as long as the page lives.
  }
}
