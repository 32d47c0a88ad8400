// Which messages were written on this device: those can be changed and deleted here. A name proves
// nothing, since anybody can take any; that this browser wrote something is what it knows for sure.

const KEY = 'cowrite:own-comments'
/** So many are remembered, the newest. */
const MOST = 4000

function stored(): string[] {
  try {
    const value: unknown = JSON.parse(localStorage.getItem(KEY) ?? '[]')
    return Array.isArray(value) ? value.filter((id) => typeof id === 'string') : []
  } catch {
    return []
  }
}

let ids: Set<string> | null = null

const own = (): Set<string> => {
  ids ??= new Set(stored())
  return ids
}

export const isOwn = (id: string): boolean => own().has(id)

export function rememberOwn(id: string): void {
  // Other pages of this browser write here too.
  const all = new Set([...stored(), ...own(), id])
  ids = all
  try {
    localStorage.setItem(KEY, JSON.stringify([...all].slice(-MOST)))
  } catch {
    // Storage is refused: it is known as long as the page lives.
  }
}
