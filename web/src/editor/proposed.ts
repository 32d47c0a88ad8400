// The suggestions of a document, as they are listed and walked through. What comes of them when somebody
// decides is in verdict.ts.
import type { Node } from '@tiptap/pm/model'
import { breakOf, deletionOf, insertionOf, isLeaving, type Stamp, signIn, stampOf } from './suggestion'

export interface Suggestion extends Stamp {
  /** From its first sign to its last. */
  from: number
  to: number
  /** Words, and a line end for each sign. */
  added: string
  deleted: string
}

interface Bit {
  offset: number
  node: Node
}

/** The pieces of a block that are marked. Nodes never change: a keystroke reads one block again. */
const known = new WeakMap<Node, Bit[]>()

function bitsOf(block: Node): Bit[] {
  const before = known.get(block)
  if (before !== undefined) return before
  const bits: Bit[] = []
  block.descendants((node, offset) => {
    if (!node.isText || !(insertionOf(node) || deletionOf(node))) return true
    // Signs with the same marks are one text, and still two signs.
    const size = breakOf(insertionOf(node)) === null ? node.nodeSize : 1
    for (let at = 0; at < node.nodeSize; at += size)
      bits.push({ offset: offset + at, node: size === node.nodeSize ? node : node.cut(at, at + size) })
    return true
  })
  known.set(block, bits)
  return bits
}

export function forEachBit(doc: Node, visit: (node: Node, pos: number) => void): void {
  doc.forEach((block, offset) => {
    for (const bit of bitsOf(block)) visit(bit.node, offset + 1 + bit.offset)
  })
}

/** All suggestions, in the order of the text. */
export function suggestionsIn(doc: Node): Suggestion[] {
  const found = new Map<string, Suggestion>()
  forEachBit(doc, (node, pos) => {
    const added = insertionOf(node)
    const deleted = deletionOf(node)
    for (const mark of [added, deleted]) {
      if (mark === undefined || (mark === deleted && isLeaving(node))) continue
      const stamp = stampOf(mark)
      const to = pos + node.nodeSize
      const suggestion = found.get(stamp.id) ?? { ...stamp, from: pos, to, added: '', deleted: '' }
      const text = signIn(node) === null ? (node.text ?? '') : '\n'
      if (isLeaving(node) || mark === deleted) suggestion.deleted += text
      else suggestion.added += text
      suggestion.to = to
      found.set(stamp.id, suggestion)
    }
  })
  return [...found.values()]
}

/** The id of the suggestion at a place: of what is before it, or behind it. */
export function suggestionAt(doc: Node, at: number): string | null {
  const $at = doc.resolve(at)
  for (const node of [$at.nodeBefore, $at.nodeAfter]) {
    const mark = deletionOf(node) ?? insertionOf(node)
    if (mark !== undefined) return stampOf(mark).id
  }
  return null
}
