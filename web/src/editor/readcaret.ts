// Reads where the caret is before others move the page under it.
//
// A key like → moves the caret in the browser first; ProseMirror hears of it a moment later, by
// `selectionchange`. Whatever redraws in that moment (somebody else's letter, somebody else's caret)
// puts the old caret back, and the key is lost: while another person typed fast, most of ten quick
// arrow keys were. So the browser's caret is read at once before anything remote is applied.
// While a composition (an input method) is running, ProseMirror keeps its own order.
import { Extension } from '@tiptap/core'
import type { EditorView } from '@tiptap/pm/view'
import { yCursorPluginKey } from '@tiptap/y-tiptap'

/** ProseMirror keeps its observer out of its types, but has no other way to read a caret now. */
interface Observed {
  domObserver: { flush: () => void }
}

export function readCaret(view: EditorView): void {
  if (view.isDestroyed || view.composing || !view.hasFocus()) return
  ;(view as unknown as Observed).domObserver.flush()
}

/** For the carets of others, which are drawn by a transaction of their own. */
export const ReadCaret = Extension.create({
  name: 'readCaret',

  dispatchTransaction({ transaction, next }) {
    const { view } = this.editor
    const meta = transaction.getMeta(yCursorPluginKey) as { awarenessUpdated?: boolean } | undefined
    if (!meta?.awarenessUpdated || transaction.docChanged) {
      next(transaction)
      return
    }
    const before = view.state
    readCaret(view)
    // Reading may have moved the state on; the transaction holds nothing but this mark.
    next(view.state === before ? transaction : view.state.tr.setMeta(yCursorPluginKey, meta))
  },
})
