// Where lost words belong in the text as it is now: the line that replaced theirs, or else a line of
// their own behind the one that stood above it, or else the end. A pure search over a document, and
// the transaction that puts them there.
//
// A wrong place in somebody's sentence is worse than none. So a place in a line must be surrounded by what
// surrounded the words: by much of it, by all of it below the line that stood above, or by the same line;
// and no other line may claim it as well.
import type { Editor } from '@tiptap/core'
import type { Node } from '@tiptap/pm/model'
import { TextSelection, type Transaction } from '@tiptap/pm/state'
import { yUndoPluginKey } from '@tiptap/y-tiptap'
import { sameEnd, sameStart } from '../agreement'
import { ATOM } from '../atom'
import type { Passage } from '../sync/lost'
import { lastStep } from './laststep'

/** How much on each side of the words is compared. */
const REACH = 80
/** So many letters around a place say where it is, if they are at least half of those that were there. */
const SURE = 16
/** So many do where all of them are there, below the line that stood above. */
const ENOUGH = 4

interface Line {
  node: Node
  /** Where its content begins. */
  from: number
  text: string
}

/** `inline`: into a line. Otherwise a paragraph of its own. */
export interface Place {
  at: number
  inline: boolean
  /** Nothing of where they were is there any more: this is the end of the text. */
  astray: boolean
}

function linesOf(doc: Node): Line[] {
  const lines: Line[] = []
  doc.descendants((node, position) => {
    if (!node.isTextblock) return true
    const text = node.textBetween(0, node.content.size, undefined, ATOM)
    lines.push({ node, from: position + 1, text })
    return false
  })
  return lines
}

/** The place in a line around which most letters are those that stood around the words. */
function bestIn({ text }: Line, before: string, after: string): { offset: number; score: number } {
  let best = { offset: 0, score: 0 }
  for (let offset = 0; offset <= text.length; offset += 1) {
    const score =
      sameEnd(text.slice(Math.max(0, offset - REACH), offset), before) +
      sameStart(text.slice(offset, offset + REACH), after)
    if (score > best.score) best = { offset, score }
  }
  return best
}

/** Behind a line, as deep inside of what it stands in as a paragraph may be. */
function behind(doc: Node, { from, node }: Line): number {
  const paragraph = doc.type.schema.nodes.paragraph
  const inside = doc.resolve(from + node.content.size)
  for (let depth = inside.depth - 1; depth >= 0; depth -= 1) {
    const index = inside.indexAfter(depth)
    if (paragraph && inside.node(depth).canReplaceWith(index, index, paragraph))
      return inside.after(depth + 1)
  }
  return doc.content.size
}

interface Claim {
  line: Line
  offset: number
  /** Letters around it that agree. */
  score: number
  /** The line is the one that they were in, without them. */
  whole: boolean
  /** The line above is the one that stood above. */
  below: boolean
}

const isBetter = (a: Claim, b: Claim): boolean => {
  if (a.whole !== b.whole) return a.whole
  return a.score === b.score ? a.below && !b.below : a.score > b.score
}

/** The one place in a line for these words; null where none is sure, or several are. */
function placeInLine(lines: readonly Line[], { before, after, previous }: Passage): Claim | null {
  const [left, right] = [before.slice(-REACH), after.slice(0, REACH)]
  const around = left.length + right.length
  const isSure = ({ score, whole, below }: Claim): boolean =>
    whole || score >= Math.max(SURE, around / 2) || (below && score === around && score >= ENOUGH)
  let best: Claim | null = null
  let alone = true
  let above = ''
  for (const line of lines) {
    const whole = line.text.trim() !== '' && line.text === before + after
    const below = previous !== '' && above === previous
    const claim = { ...bestIn(line, left, right), line, whole, below }
    if (whole) claim.offset = before.length
    if (line.text.trim() !== '') above = line.text
    if (!isSure(claim)) continue
    if (best === null || isBetter(claim, best)) [best, alone] = [claim, true]
    else if (!isBetter(best, claim)) alone = false
  }
  return alone ? best : null
}

export function placeFor(doc: Node, passage: Passage): Place {
  const lines = linesOf(doc)
  const claim = placeInLine(lines, passage)
  if (claim !== null) return { at: claim.line.from + claim.offset, inline: true, astray: false }
  const above = passage.previous === '' ? [] : lines.filter((line) => line.text === passage.previous)
  const [only] = above
  if (only !== undefined && above.length === 1) return { at: behind(doc, only), inline: false, astray: false }
  return { at: doc.content.size, inline: false, astray: true }
}

/**
 * Puts words back, in one step, and the caret behind the last of them; says how many are at the end of
 * the text, because their place is gone.
 */
export function putBack(transaction: Transaction, passages: readonly Passage[]): number {
  const { schema } = transaction.doc.type
  let strays = 0
  for (const passage of passages) {
    const { at, inline, astray } = placeFor(transaction.doc, passage)
    if (astray) strays += 1
    const words = passage.words.replaceAll(ATOM, ' ')
    const isCode = inline && transaction.doc.resolve(at).parent.type.spec.code === true
    const text = isCode ? words : words.replaceAll(/\s*\n\s*/g, ' ')
    if (inline) transaction.insertText(text, at)
    else transaction.insert(at, schema.node('paragraph', null, schema.text(text)))
    const end = at + text.length + (inline ? 0 : 1)
    transaction.setSelection(TextSelection.near(transaction.doc.resolve(end), -1))
  }
  transaction.scrollIntoView()
  return strays
}

/**
 * Puts words back as a step of the history of its own. Null where nothing was put back, because one suggests and
 * they cannot be proposed: that is said by who refused it.
 */
export function restore(
  editor: Editor,
  passages: readonly Passage[],
): { strays: number; takeBack: () => boolean } | null {
  // What was typed a moment ago is not undone with it.
  yUndoPluginKey.getState(editor.state)?.undoManager.stopCapturing()
  const { doc, tr } = editor.state
  const strays = putBack(tr, passages)
  editor.view.dispatch(tr)
  return editor.state.doc === doc ? null : { strays, takeBack: lastStep(editor) }
}
