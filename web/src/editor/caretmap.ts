// Where a caret belongs after the document was changed under it: pure functions over two documents.
//
// The Yjs binding restores a caret from a position in the shared type, and that position points at
// deleted items after a remote split, join, change of block type or undo. Here the caret is mapped
// through the smallest difference between both documents instead, and a mapping is only preferred
// when the text around the caret agrees with it better.
import type { Node } from '@tiptap/pm/model'

/** `from..beforeEnd` of the old document became `from..afterEnd` of the new one. */
export interface Change {
  from: number
  beforeEnd: number
  afterEnd: number
}

export interface Range {
  anchor: number
  head: number
}

interface Surroundings {
  left: string
  right: string
}

/** How much text on each side of a caret is compared. */
const REACH = 12
/** Stands for anything in a line that is not text. */
const ATOM = '\ufffc'

export function smallestChange(before: Node, after: Node): Change | null {
  const from = before.content.findDiffStart(after.content)
  if (from === null) return null
  const end = before.content.findDiffEnd(after.content)
  if (end === null) return null
  // In repeated text the ends may pass the start; push them back together.
  const overlap = Math.max(0, from - Math.min(end.a, end.b))
  return { from, beforeEnd: end.a + overlap, afterEnd: end.b + overlap }
}

function surroundings(doc: Node, position: number): Surroundings | null {
  if (position < 0 || position > doc.content.size) return null
  const at = doc.resolve(position)
  if (!at.parent.isTextblock) return null
  const text = at.parent.textBetween(0, at.parent.content.size, undefined, ATOM)
  return {
    left: text.slice(Math.max(0, at.parentOffset - REACH), at.parentOffset),
    right: text.slice(at.parentOffset, at.parentOffset + REACH),
  }
}

/** How many letters next to both carets are the same; −1 when one of them is not in text. */
function agreement(a: Surroundings | null, b: Surroundings | null): number {
  if (a === null || b === null) return -1
  let left = 0
  while (left < a.left.length && left < b.left.length && a.left.at(-1 - left) === b.left.at(-1 - left)) left++
  let right = 0
  while (right < a.right.length && right < b.right.length && a.right[right] === b.right[right]) right++
  return left + right
}

/** Inside the change: the block was rebuilt, so look for the same text at the same offset. */
function searchRebuilt(before: Node, after: Node, change: Change, position: number): number | null {
  const wanted = surroundings(before, position)
  if (wanted === null) return null
  const offset = before.resolve(position).parentOffset
  let found: number | null = null
  let best = 0
  after.nodesBetween(change.from, Math.min(change.afterEnd, after.content.size), (node, at) => {
    if (!node.isTextblock) return true
    const candidate = at + 1 + Math.min(offset, node.content.size)
    const score = agreement(wanted, surroundings(after, candidate))
    if (score > best) {
      best = score
      found = candidate
    }
    return false
  })
  return found
}

/** Where `position` of the old document is in the new one; null when there is no telling. */
export function follow(before: Node, after: Node, change: Change, position: number): number | null {
  if (position <= change.from) return position
  if (position >= change.beforeEnd) return position + change.afterEnd - change.beforeEnd
  return searchRebuilt(before, after, change, position)
}

const textOf = (doc: Node, from: number, to: number): string => doc.textBetween(from, to, '', ATOM)

/** The caret after somebody else's change; null leaves it where the binding put it. */
export function caretAfterRemote(before: Node, after: Node, old: Range, current: Range): Range | null {
  const change = smallestChange(before, after)
  if (change === null) return null
  const anchor = follow(before, after, change, old.anchor)
  const head = follow(before, after, change, old.head)
  if (anchor === null || head === null) return null
  if (anchor === current.anchor && head === current.head) return null
  const wanted = surroundings(before, old.head)
  const better =
    agreement(wanted, surroundings(after, head)) > agreement(wanted, surroundings(after, current.head))
  return better ? { anchor, head } : null
}

/**
 * The caret after one's own undo or redo: at the end of the text that came or went, as in any
 * editor; where it was, when only the form of the text changed.
 */
export function caretAfterUndo(before: Node, after: Node, old: Range, current: Range): Range | null {
  const change = smallestChange(before, after)
  if (change === null) return null
  const sameText =
    textOf(before, change.from, change.beforeEnd) ===
    textOf(after, change.from, Math.min(change.afterEnd, after.content.size))
  if (sameText) return caretAfterRemote(before, after, old, current)
  const end = Math.min(change.afterEnd, after.content.size)
  return { anchor: end, head: end }
}
