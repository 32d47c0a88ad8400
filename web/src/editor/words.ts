// Counting words, and how long they take to read. A count is remembered per node, and ProseMirror nodes
// never change: a keystroke recounts one paragraph, not the document. Where words are not parted by spaces
// (Chinese, Japanese, Thai), the browser knows where they end.
import type { Node } from '@tiptap/pm/model'
import type { EditorState } from '@tiptap/pm/state'
import { insertionOf } from './suggestion'

const known = new WeakMap<Node, number>()

const WORDS_A_MINUTE = 230

/** Whole minutes; any word at all takes one, and none takes none. */
export const readingMinutes = (words: number): number =>
  words === 0 ? 0 : Math.max(1, Math.round(words / WORDS_A_MINUTE))

const SPEAKING = 130

/** Whole minutes of speaking it aloud. */
export const speakingMinutes = (words: number): number =>
  words === 0 ? 0 : Math.max(1, Math.round(words / SPEAKING))

const UNSPACED =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{Script=Myanmar}]/u
const segmenter = 'Segmenter' in Intl ? new Intl.Segmenter(undefined, { granularity: 'word' }) : null

function wordsIn(token: string): number {
  if (segmenter === null || !UNSPACED.test(token)) return 1
  let words = 0
  for (const { isWordLike } of segmenter.segment(token)) if (isWordLike) words += 1
  return Math.max(1, words)
}

export const countText = (text: string): number =>
  (text.match(/\S+/gu) ?? []).reduce((sum, token) => sum + wordsIn(token), 0)

/** Words of what is selected: of cells, all of them, each a piece of its own. */
export const countSelected = ({ doc, selection }: Pick<EditorState, 'doc' | 'selection'>): number =>
  selection.ranges.reduce(
    (sum, { $from, $to }) => sum + countText(doc.textBetween($from.pos, $to.pos, ' ', ' ')),
    0,
  )

/** The text of a block as it stands: what is only proposed is not counted yet, so nothing counts twice. */
export function standing(block: Node, leaf = ' '): string {
  let text = ''
  block.forEach((child) => {
    if (insertionOf(child) === undefined) text += child.isText ? (child.text ?? '') : leaf
  })
  return text
}

export function countWords(node: Node): number {
  const before = known.get(node)
  if (before !== undefined) return before
  let words = 0
  if (node.isTextblock) words = countText(standing(node))
  else
    node.forEach((child) => {
      words += countWords(child)
    })
  known.set(node, words)
  return words
}
