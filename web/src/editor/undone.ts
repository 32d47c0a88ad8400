// What undo or redo changed comes in sight. The caret does not always go there: a box that is unticked, or a
// formula that is an older one again, changed far from where one writes, and nobody saw it.
import type { Editor } from '@tiptap/core'
import type { Transaction } from '@tiptap/pm/state'
import { ySyncPluginKey } from '@tiptap/y-tiptap'
import { smallestChange } from './caretmap'

/** From the top of the stage, as a share of its height. */
const PLACE = 0.3

interface Extent {
  top: number
  bottom: number
}

/** Where a position is seen: what is folded away is where its frame is. */
function extentAt({ view }: Editor, position: number): Extent | null {
  const { node } = view.domAtPos(position)
  const inner = node instanceof Element ? node : node.parentElement
  let shown = inner
  while (shown !== null && shown.getClientRects().length === 0) shown = shown.parentElement
  if (shown === null) return null
  return shown === inner ? view.coordsAtPos(position) : shown.getBoundingClientRect()
}

export function showUndone(editor: Editor): void {
  editor.on('transaction', ({ transaction }: { transaction: Transaction }) => {
    const meta = transaction.getMeta(ySyncPluginKey) as { isUndoRedoOperation?: boolean } | undefined
    const stage = editor.view.dom.closest('.stage')
    if (!meta?.isUndoRedoOperation || stage === null) return
    const change = smallestChange(transaction.before, editor.state.doc)
    if (change === null) return
    const first = extentAt(editor, change.from)
    const last = extentAt(editor, Math.min(change.afterEnd, editor.state.doc.content.size))
    const frame = stage.getBoundingClientRect()
    if (first === null || last === null || (last.bottom > frame.top && first.top < frame.bottom)) return
    stage.scrollBy({ top: first.top - frame.top - PLACE * frame.height, behavior: 'instant' })
  })
}
