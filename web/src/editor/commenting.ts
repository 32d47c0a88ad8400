// Commenting at the text: the words of a comment that is being written, the click on words that have
// one, and what a paste may bring.
//
// Marks are set and taken without a trace in the undo history: undo takes back text, and a thread is
// none. A pasted mark is kept only if its thread is known here and its words are nowhere else in the
// document: words that are cut and put elsewhere keep their thread, a copy of them has none.
import { type Editor, Extension } from '@tiptap/core'
import { Fragment, type Mark, type Node, Slice } from '@tiptap/pm/model'
import { type EditorState, Plugin, PluginKey, type Transaction } from '@tiptap/pm/state'
import { Decoration, DecorationSet } from '@tiptap/pm/view'
import { followThrough } from './caretmap'
import { COMMENT, idsOf, threadsIn } from './comment'

export interface Commented {
  /** Whether there is a thread of this id. */
  has: (id: string) => boolean
  /** Words of these threads were clicked, the innermost first; none of any. */
  picked: (ids: string[]) => void
}

export interface Range {
  from: number
  to: number
}

const key = new PluginKey<Range | null>('commenting')

/** The words of the comment that is being written. */
export const draftRange = (state: EditorState): Range | null => key.getState(state) ?? null

/** Whether some of the text in a range may bear a comment; code does not. */
export function isCommentable(state: EditorState, { from, to }: Range): boolean {
  const type = state.schema.marks[COMMENT]
  if (type === undefined || from === to) return false
  let found = false
  state.doc.nodesBetween(from, to, (node, _position, parent) => {
    if (node.isText && parent?.type.allowsMarkType(type))
      found ||= node.marks.every((mark) => !mark.type.excludes(type)) && node.textContent.trim() !== ''
    return !found
  })
  return found
}

/** Remembers these words as those of a comment that is being written; null forgets them. */
export function setDraft(editor: Editor, range: Range | null): void {
  editor.view.dispatch(editor.state.tr.setMeta(key, { range }).setMeta('addToHistory', false))
}

export function markWords(editor: Editor, id: string, { from, to }: Range): void {
  const type = editor.schema.marks[COMMENT]
  if (type === undefined || from >= to) return
  editor.view.dispatch(editor.state.tr.addMark(from, to, type.create({ id })).setMeta('addToHistory', false))
}

export function unmarkWords(editor: Editor, id: string): void {
  const type = editor.schema.marks[COMMENT]
  if (type === undefined || !threadsIn(editor.state.doc).includes(id)) return
  const { doc, tr } = editor.state
  tr.removeMark(0, doc.content.size, type.create({ id })).setMeta('addToHistory', false)
  editor.view.dispatch(tr)
}

/** The threads at the caret, the innermost first. */
export function threadsAt(state: EditorState): string[] {
  const { $from, $to } = state.selection
  const beside = [$from.nodeAfter, $from.nodeBefore, $to.nodeBefore]
  return [...new Set(beside.flatMap((node) => (node === null ? [] : idsOf(node.marks).reverse())))]
}

function followed(range: Range, transaction: Transaction): Range {
  const from = followThrough(transaction, range.from, 1)
  return { from, to: Math.max(from, followThrough(transaction, range.to, -1)) }
}

/** A text or node without the comments that `keep` does not keep. */
function without(fragment: Fragment, keep: (mark: Mark) => boolean): Fragment {
  const nodes: Node[] = []
  fragment.forEach((node) => {
    const marks = node.marks.filter(keep)
    nodes.push(node.isText ? node.mark(marks) : node.copy(without(node.content, keep)).mark(marks))
  })
  return Fragment.fromArray(nodes)
}

export const Commenting = Extension.create<{ commented: Commented | null }>({
  name: 'commenting',

  addOptions() {
    return { commented: null }
  },

  addProseMirrorPlugins() {
    const { commented } = this.options
    return [
      new Plugin<Range | null>({
        key,
        state: {
          init: () => null,
          apply(transaction, range) {
            const asked = transaction.getMeta(key) as { range: Range | null } | undefined
            if (asked !== undefined) return asked.range
            if (range === null || !transaction.docChanged) return range
            return followed(range, transaction)
          },
        },
        props: {
          decorations(state) {
            const range = key.getState(state)
            if (!range || range.from === range.to) return null
            const words = Decoration.inline(range.from, range.to, { class: 'comment-draft' })
            return DecorationSet.create(state.doc, [words])
          },
          handleClick(_view, _position, event) {
            if (commented === null || event.ctrlKey || event.metaKey) return false
            const ids: string[] = []
            let element = event.target instanceof Element ? event.target.closest('.comment') : null
            while (element !== null) {
              const id = element.getAttribute('data-comment')
              if (id !== null) ids.push(id)
              element = element.parentElement?.closest('.comment') ?? null
            }
            commented.picked(ids)
            return false
          },
          transformPasted(slice, view) {
            // What is dragged is still where it was when this is asked, and will not be there.
            const here = view.dragging?.move ? [] : threadsIn(view.state.doc)
            const keep = (mark: Mark) =>
              mark.type.name !== COMMENT ||
              idsOf([mark]).some((id) => commented?.has(id) === true && !here.includes(id))
            return new Slice(without(slice.content, keep), slice.openStart, slice.openEnd)
          },
        },
      }),
    ]
  },
})
