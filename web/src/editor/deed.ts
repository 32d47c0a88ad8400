// What a transaction does, taken apart into edits of words, each of which is proposed by itself
// (proposal.ts); and as one edit, where its steps are within each other. Pure; way.ts brings the transactions.
import type { Node } from '@tiptap/pm/model'
import { AddMarkStep, Mapping, RemoveMarkStep, ReplaceStep, Transform } from '@tiptap/pm/transform'
import { smallestChange } from './caretmap'
import { type Edit, type Extent, piecesOf, propose } from './proposal'
import { breakOf, deletionOf, insertionOf, type Stamp } from './suggestion'

/** Formatting is proposed as the words in the new form for those in the old one. */
function formatted(before: Node, step: AddMarkStep | RemoveMarkStep): Edit[] | null {
  const result = step.apply(before)
  if (!result.doc) return null
  const { doc } = result
  const edits: Edit[] = []
  before.nodesBetween(step.from, step.to, (node, pos) => {
    if (!node.isText) return true
    const from = Math.max(step.from, pos)
    const to = Math.min(step.to, pos + node.nodeSize)
    const now = doc.nodeAt(from)
    const signs = breakOf(insertionOf(node)) !== null
    if (now === null || signs || deletionOf(node) !== undefined) return false
    const text = (node.text ?? '').slice(from - pos, to - pos)
    if (now.marks.length !== node.marks.length || !now.marks.every((mark) => mark.isInSet(node.marks)))
      edits.push({ from, to, pieces: [{ text, marks: now.marks }] })
    return false
  })
  return edits.reverse()
}

/** The edits of a step, the last one first; null when it does what no edit of words does. */
function editsOf(before: Node, step: unknown): Edit[] | null {
  if (step instanceof AddMarkStep || step instanceof RemoveMarkStep) return formatted(before, step)
  if (!(step instanceof ReplaceStep)) return null
  const { from, to, slice } = step
  // What is replaced by an empty block is only emptied.
  const pieces = piecesOf(slice, before.resolve(from))
  return pieces === null ? null : [{ from, to, pieces }]
}

/** The smallest replacement that makes one document of another. */
function difference(before: Node, after: Node): Edit | null {
  const change = smallestChange(before, after)
  if (change === null) return { from: 0, to: 0, pieces: [] }
  const { from, beforeEnd, afterEnd } = change
  const pieces = piecesOf(after.slice(from, afterEnd), before.resolve(from))
  return pieces === null ? null : { from, to: beforeEnd, pieces }
}

/** A transaction, as far as it matters here. */
export interface Deed {
  before: Node
  doc: Node
  docs: readonly Node[]
  steps: readonly unknown[]
  mapping: Mapping
}

export interface Outcome {
  /** The proposal, on the document before the transaction. */
  transform: Transform
  extent: Extent | null
  /** Words were only given another form. */
  isFormat: boolean
  /** Nothing was written. */
  isDeletion: boolean
}

/** Proposes what a transaction does; null when it cannot be proposed. */
export function proposeAll(deed: Deed, stamp: Stamp): Outcome | null {
  const apart = proposeSteps(deed, stamp)
  if (apart !== 'inside') return apart
  // A step within what an earlier one brought: only what came of all of them can be proposed.
  const whole = difference(deed.before, deed.doc)
  if (whole === null) return null
  const transform = new Transform(deed.before)
  const isDeletion = whole.pieces.length === 0
  const extent = whole.from === whole.to && isDeletion ? null : propose(transform, whole, stamp)
  if (extent === null && transform.steps.length === 0 && !isDeletion) return null
  return { transform, extent, isFormat: false, isDeletion }
}

function proposeSteps(deed: Deed, stamp: Stamp): Outcome | 'inside' | null {
  const transform = new Transform(deed.before)
  const isFormat = deed.steps.every((step) => step instanceof AddMarkStep || step instanceof RemoveMarkStep)
  let extent: Extent | null = null
  let written = false
  for (const [index, step] of deed.steps.entries()) {
    const before = deed.docs[index]
    const edits = before === undefined ? null : editsOf(before, step)
    if (edits === null) return null
    const back = new Mapping(deed.mapping.maps.slice(0, index)).invert()
    for (const edit of edits) {
      const isPoint = edit.from === edit.to
      const from = back.mapResult(edit.from, 1)
      const to = back.mapResult(edit.to, isPoint ? 1 : -1)
      if (!isPoint && (from.deletedAcross || to.deletedAcross || to.pos < from.pos)) return 'inside'
      const start = transform.mapping.map(from.pos, 1)
      const end = isPoint ? start : Math.max(start, transform.mapping.map(to.pos, -1))
      const steps = transform.steps.length
      const done = propose(transform, { from: start, to: end, pieces: edit.pieces }, stamp)
      if (done === null) return null
      written ||= edit.pieces.length > 0
      const later = transform.mapping.slice(steps)
      // Formatting goes from the end to the start, and keeps all of it selected.
      extent =
        isFormat && extent !== null
          ? { start: done.start, at: done.at, end: later.map((extent as Extent).end) }
          : done
    }
  }
  return { transform, extent, isFormat, isDeletion: !written }
}
