// Counting words, and how long they take to read. A count is remembered per node, and ProseMirror nodes never change: a keystroke
// recounts one paragraph, not the document.
import type { Node } from '@tiptap/pm/model'

const known = new WeakMap<Node, number>()

const WORDS_A_MINUTE = 230

/** Whole minutes; any word at all takes one, and none takes none. */
export const readingMinutes = (words: number): number =>
  words === 0 ? 0 : Math.max(1, Math.round(words / WORDS_A_MINUTE))

export const countText = (text: string): number => text.match(/\S+/gu)?.length ?? 0

export function countWords(node: Node): number {
  const before = known.get(node)
  if (before !== undefined) return before
  let words = 0
  if (node.isTextblock) words = countText(node.textBetween(0, node.content.size, ' ', ' '))
  else
    node.forEach((child) => {
      words += countWords(child)
    })
  known.set(node, words)
  return words
}
