// Where a pattern is in a text.

export interface Match {
  from: number
  to: number
}

/** What is found empty is passed over. */
export function findIn(text: string, pattern: RegExp): Match[] {
  const found: Match[] = []
  for (const match of text.matchAll(pattern))
    if (match[0] !== '') found.push({ from: match.index, to: match.index + match[0].length })
  return found
}

/** The first match that does not lie before a position; the first of all behind the last one. */
export function nearest(matches: readonly Match[], position: number): number {
  let low = 0
  let high = matches.length
  while (low < high) {
    const middle = (low + high) >> 1
    if ((matches[middle]?.from ?? 0) < position) low = middle + 1
    else high = middle
  }
  return low === matches.length ? 0 : low
}
