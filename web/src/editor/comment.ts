// The mark on words that a thread is about. It only holds the thread's id; all else is beside the text
// (comments/thread.ts). Several may lie on the same words; what is typed at its edge is not part of it.
//
// A mark and not a position: positions die when a paragraph is split, because the moved half is made
// anew, and marks move with their words.
import { Mark } from '@tiptap/core'
import type { Node, Mark as ProseMark } from '@tiptap/pm/model'
import { isId } from '../comments/thread'

export const COMMENT = 'comment'

export const Comment = Mark.create({
  name: COMMENT,
  inclusive: false,
  excludes: '',

  addAttributes() {
    return {
      id: {
        default: null,
        parseHTML: (element: HTMLElement) => element.getAttribute('data-comment'),
        renderHTML: (attributes: Record<string, unknown>) =>
          isId(attributes.id) ? { 'data-comment': attributes.id } : {},
      },
    }
  },

  parseHTML() {
    return [
      {
        tag: 'span[data-comment]',
        getAttrs: (element: HTMLElement) => (isId(element.getAttribute('data-comment')) ? null : false),
      },
    ]
  },

  renderHTML({ HTMLAttributes }) {
    return ['span', { class: 'comment', ...HTMLAttributes }, 0]
  },
})

export const idsOf = (marks: readonly ProseMark[]): string[] =>
  marks.filter((mark) => mark.type.name === COMMENT && isId(mark.attrs.id)).map((mark) => mark.attrs.id)

const NONE: readonly string[] = []
const known = new WeakMap<Node, readonly string[]>()

/**
 * The ids of all threads whose words are in a node, in the order of the text. Remembered per node, and
 * ProseMirror nodes never change: a keystroke looks at one paragraph, not at the document.
 */
export function threadsIn(node: Node): readonly string[] {
  if (node.isText) return node.marks.length === 0 ? NONE : idsOf(node.marks)
  const before = known.get(node)
  if (before !== undefined) return before
  const found = new Set<string>()
  node.forEach((child) => {
    for (const id of threadsIn(child)) found.add(id)
  })
  const ids = found.size === 0 ? NONE : [...found]
  known.set(node, ids)
  return ids
}
