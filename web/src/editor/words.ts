// Counting words. A count is remembered per node, and ProseMirror nodes never change: a keystroke
// recounts one paragraph, not the document.
import type { Node } from '@tiptap/pm/model'

const known = new WeakMap<Node, number>()

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
