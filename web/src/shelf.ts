// The shelf of this device: which documents were opened here, the newest first, and which are pinned.
//
// It is kept in this browser and told to nobody. What another page of it puts there is seen at once.
// What is not understood there is nothing; where storage is refused the shelf lasts as long as the page.
import { signal } from '@preact/signals'

const RECENT = 'cowrite:recent'
const PINNED = 'cowrite:pinned'

/** So many are kept of each. */
export const MOST = 40

function stored(key: string): string[] {
  try {
    const value: unknown = JSON.parse(localStorage.getItem(key) ?? '[]')
    if (!Array.isArray(value)) return []
    return value.filter((name) => typeof name === 'string').slice(0, MOST)
  } catch {
    return []
  }
}

function keep(key: string, names: string[]): void {
  try {
    localStorage.setItem(key, JSON.stringify(names))
  } catch {
    // Storage is refused: it is known until the page is left.
  }
}

/** Names of documents that were opened here, the newest first. */
export const recent = signal<string[]>(stored(RECENT))

/** Names of documents that are pinned, the newest first. */
export const pinned = signal<string[]>(stored(PINNED))

addEventListener('storage', (event) => {
  if (event.key === RECENT || event.key === null) recent.value = stored(RECENT)
  if (event.key === PINNED || event.key === null) pinned.value = stored(PINNED)
})

/** The names with this one in front, and once. */
export const inFront = (name: string, names: readonly string[]): string[] =>
  [name, ...names.filter((other) => other !== name)].slice(0, MOST)

/** A document is opened here. */
export function opened(name: string): void {
  recent.value = inFront(name, stored(RECENT))
  keep(RECENT, recent.value)
}

export function pin(name: string, on: boolean): void {
  const others = stored(PINNED).filter((other) => other !== name)
  pinned.value = on ? inFront(name, others) : others
  keep(PINNED, pinned.value)
}
