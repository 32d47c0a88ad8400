// Two people who change one title at once: a pure merge of short texts.
//
// The shared map keeps whole values, so the last writer would win. What somebody here has changed since
// the title they began with is therefore done again on the title that came meanwhile. Where both
// changed the same letters, those typed here stand: whoever types sees what becomes of it.
import { sameEnd, sameStart } from '../../agreement'
import { isFirstHalf, isSecondHalf } from '../../letters'

interface Edit {
  from: number
  to: number
  words: string
}

/** What was done to `before`, as one replacement of whole letters. */
function editOf(before: string, after: string): Edit {
  let from = sameStart(before, after)
  if (isFirstHalf(before[from - 1])) from -= 1
  let tail = sameEnd(before.slice(from), after.slice(from))
  if (tail > 0 && isSecondHalf(before[before.length - tail])) tail -= 1
  return { from, to: before.length - tail, words: after.slice(from, after.length - tail) }
}

/** `base` became `mine` here and `theirs` elsewhere. */
export function mergeTitles(base: string, mine: string, theirs: string): string {
  if (base === theirs || mine === theirs) return mine
  if (base === mine) return theirs
  const own = editOf(base, mine)
  const other = editOf(base, theirs)
  const shift = other.words.length - (other.to - other.from)
  if (other.to <= own.from) {
    const from = own.from + shift
    return theirs.slice(0, from) + own.words + theirs.slice(own.to + shift)
  }
  if (other.from >= own.to) return theirs.slice(0, own.from) + own.words + theirs.slice(own.to)
  const from = Math.min(own.from, other.from)
  const to = Math.max(own.to, other.to)
  return theirs.slice(0, from) + mine.slice(from, own.from) + own.words + theirs.slice(to + shift)
}

/** Whether both changed other parts of a title, with something between that neither did. */
export function areApart(base: string, mine: string, theirs: string): boolean {
  const own = editOf(base, mine)
  const other = editOf(base, theirs)
  return other.to < own.from || own.to < other.from
}

/** Where a caret at `position` of `before` belongs in `after`. */
export function caretAfter(before: string, after: string, position: number): number {
  const { from, to, words } = editOf(before, after)
  if (position <= from) return position
  return position >= to ? position + after.length - before.length : from + words.length
}
