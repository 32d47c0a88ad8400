// The keyboard's way through the rows: down from the search, up and down between rows, and back up into
// the search. Enter opens what is focused, as everywhere.

/** Where a key leads from one of so many rows; -1 is the search, undefined nowhere. */
export function step(key: string, at: number, count: number): number | undefined {
  if (count === 0) return undefined
  const last = count - 1
  if (key === 'ArrowDown') return Math.min(at + 1, last)
  if (at < 0) return undefined
  return { ArrowUp: at - 1, Home: 0, End: last }[key]
}

export function stepsThrough(
  event: KeyboardEvent,
  rows: HTMLElement | null,
  search: HTMLElement | null,
): void {
  if (event.ctrlKey || event.metaKey || event.altKey || event.shiftKey || rows === null) return
  const all = [...rows.querySelectorAll<HTMLElement>('[data-row]')]
  const at = all.indexOf(event.target as HTMLElement)
  // Only from a row, or from the search: a menu has its own way.
  if (at < 0 && event.target !== search) return
  const to = step(event.key, at, all.length)
  if (to === undefined) return
  event.preventDefault()
  const target = to < 0 ? search : all[to]
  target?.focus()
  target?.closest('.row')?.scrollIntoView({ block: 'nearest' })
}
