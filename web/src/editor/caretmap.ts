// Where a caret belongs after the document was changed under it: pure functions over two documents.
//
// The Yjs binding restores a caret from a position in the shared type, and that position points at
// deleted items after a remote split, join, change of block type or undo. Here the caret is mapped
// through the smallest difference between both documents instead, and a mapping is only preferred
// when the text around the caret agrees with it better.
import type { Node } from '@tiptap/pm/model'
import type { Transaction } from '@tiptap/pm/state'
import { ySyncPluginKey } from '@tiptap/y-tiptap'
import { sameEnd, sameStart } from '../agreement'
import { ATOM } from '../atom'

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

/** How much text on each side of a caret is compared. */
const REACH = 40

export function smallestChange(before: Node, after: Node): Change | null {
  const from = before.content.findDiffStart(after.content)
  if (from === null) return null
  const end = before.content.findDiffEnd(after.content)
  if (end === null) return null
  // In repeated text the ends may pass the start; push them back together.
  const overlap = Math.max(0, from - Math.min(end.a, end.b))
  return { from, beforeEnd: end.a + overlap, afterEnd: end.b + overlap }
}

/** The text of the line that a caret is in, on both sides of it. */
type Line = [left: string, right: string]

function lineAt(doc: Node, position: number): Line | null {
  if (position < 0 || position > doc.content.size) return null
  const { parent, parentOffset } = doc.resolve(position)
  if (!parent.isTextblock) return null
  const text = parent.textBetween(0, parent.content.size, undefined, ATOM)
  return [text.slice(0, parentOffset), text.slice(parentOffset)]
}

/**
 * How many letters next to both carets are the same; −1 when one of them is not in text. The last letters in
 * front of the old caret may be missing: somebody who rebuilds a line has not seen them yet. Letters that stand
 * behind the new caret are not missing: the caret belongs behind them.
 */
function agreement(old: Line | null, now: Line | null): number {
  if (old === null || now === null) return -1
  const left = now[0].slice(-REACH)
  const behind = now[1].endsWith(old[1]) ? now[1].slice(0, now[1].length - old[1].length) : now[1]
  let best = 0
  for (let missing = 0; missing <= Math.min(REACH, old[0].length); missing += 1) {
    const seen = old[0].length - missing
    if (missing > 0 && behind.includes(old[0].slice(seen))) continue
    best = Math.max(best, sameEnd(old[0].slice(0, seen), left))
  }
  return best + Math.min(REACH, sameStart(old[1], now[1]))
}

/** Inside the change: the block was rebuilt, so look for the text around the caret in what came. */
function searchRebuilt(before: Node, after: Node, change: Change, position: number): number | null {
  const wanted = lineAt(before, position)
  if (wanted === null) return null
  const [left, right] = wanted
  let found: number | null = null
  let best = 0
  after.nodesBetween(change.from, Math.min(change.afterEnd, after.content.size), (node, at) => {
    if (!node.isTextblock) return true
    const text = node.textBetween(0, node.content.size, undefined, ATOM)
    // At the same offset; before what stood behind the caret; behind what stood before it.
    for (const offset of [
      Math.min(left.length, text.length),
      text.length - sameEnd(right, text),
      sameStart(left, text),
    ]) {
      const score = agreement(wanted, [text.slice(0, offset), text.slice(offset)])
      if (score > best) {
        best = score
        found = at + 1 + offset
      }
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

/**
 * Where a position is after a transaction, whoever made it: the binding hands over a whole new document,
 * through which nothing can be mapped.
 */
export function followThrough(transaction: Transaction, position: number, side: -1 | 1): number {
  const meta = transaction.getMeta(ySyncPluginKey) as { isChangeOrigin?: boolean } | undefined
  if (meta?.isChangeOrigin !== true) return transaction.mapping.map(position, side)
  const { before, doc } = transaction
  const change = smallestChange(before, doc)
  if (change === null) return position
  return Math.min(follow(before, doc, change, position) ?? change.from, doc.content.size)
}

const textOf = (doc: Node, from: number, to: number): string => doc.textBetween(from, to, '', ATOM)

/** Where nothing changed that is seen, nothing moves, wherever the binding put it. */
const asItWas = ({ anchor, head }: Range, current: Range): Range | null =>
  anchor === current.anchor && head === current.head ? null : { anchor, head }

/** Whether nothing but the words of one line changed: then there is nothing to look for elsewhere. */
function isInLine(before: Node, after: Node, { from, beforeEnd, afterEnd }: Change): boolean {
  const [$from, $to] = [before.resolve(from), after.resolve(from)]
  return (
    $from.parent.isTextblock &&
    $from.sameParent(before.resolve(beforeEnd)) &&
    $to.parent.isTextblock &&
    $to.sameParent(after.resolve(Math.min(afterEnd, after.content.size)))
  )
}

/** The caret after somebody else's change; null leaves it where the binding put it. */
export function caretAfterRemote(before: Node, after: Node, old: Range, current: Range): Range | null {
  const change = smallestChange(before, after)
  if (change === null) return asItWas(old, current)
  const inLine = isInLine(before, after, change)
  // Where words only went, there are none to look for.
  const gone = inLine && change.afterEnd === change.from
  const to = (position: number) => {
    if (gone && position > change.from && position < change.beforeEnd) return change.from
    return follow(before, after, change, position) ?? (inLine ? Math.min(position, change.afterEnd) : null)
  }
  const anchor = to(old.anchor)
  const head = to(old.head)
  if (anchor === null || head === null) return null
  // The binding looks for the old words, and takes a line that has the same for this one. Within the line it knows
  // better: of two letters that are the same the text does not say which one came.
  const isThere = after.resolve(head).sameParent(after.resolve(Math.min(current.head, after.content.size)))
  if (inLine && !isThere) return { anchor, head }
  const wanted = lineAt(before, old.head)
  const fits = ({ head }: Range): number => agreement(wanted, lineAt(after, head))
  let best = current
  const offer = (range: Range) => {
    if (fits(range) > fits(best)) best = range
  }
  offer({ anchor, head })
  // A line that came elsewhere, while others moved up into its place: one with nothing in it, where the caret
  // was at an end of its line. Beside letters that only came, none did.
  const hasGone = old.head >= change.from && old.head <= change.beforeEnd && change.from < change.beforeEnd
  if (old.anchor === old.head && hasGone) {
    const elsewhere = searchRebuilt(before, after, change, old.head)
    if (elsewhere !== null) offer({ anchor: elsewhere, head: elsewhere })
  }
  return best === current ? null : best
}

/**
 * The caret after one's own undo or redo: at the end of the text that came or went, as in any
 * editor; where it was, when only the form of the text changed.
 */
export function caretAfterUndo(before: Node, after: Node, old: Range, current: Range): Range | null {
  const change = smallestChange(before, after)
  if (change === null) return asItWas(old, current)
  const sameText =
    textOf(before, change.from, change.beforeEnd) ===
    textOf(after, change.from, Math.min(change.afterEnd, after.content.size))
  if (sameText) return caretAfterRemote(before, after, old, current)
  const end = Math.min(change.afterEnd, after.content.size)
  return { anchor: end, head: end }
}
