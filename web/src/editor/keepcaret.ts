// Keeps your caret where you are writing while others write. The decision is made in caretmap.ts;
// this plugin only asks for it, after transactions that came from the shared document.
import { Extension } from '@tiptap/core'
import { Plugin, TextSelection } from '@tiptap/pm/state'
import { ySyncPluginKey } from '@tiptap/y-tiptap'
import { caretAfterRemote, caretAfterUndo } from './caretmap'

interface SyncMeta {
  isChangeOrigin?: boolean
  isUndoRedoOperation?: boolean
}

export const KeepCaret = Extension.create({
  name: 'keepCaret',

  addProseMirrorPlugins() {
    return [
      new Plugin({
        appendTransaction(transactions, before, after) {
          const metas = transactions
            .filter((transaction) => transaction.docChanged)
            .map((transaction) => transaction.getMeta(ySyncPluginKey) as SyncMeta | undefined)
          if (!metas.some((meta) => meta?.isChangeOrigin)) return null
          // Selected nodes and cells are not carets: the binding restores those itself.
          if (!(before.selection instanceof TextSelection)) return null
          const decide = metas.some((meta) => meta?.isUndoRedoOperation) ? caretAfterUndo : caretAfterRemote
          const range = decide(before.doc, after.doc, before.selection, after.selection)
          if (range === null) return null
          const anchor = after.doc.resolve(range.anchor)
          const head = after.doc.resolve(range.head)
          const selection =
            range.anchor === range.head ? TextSelection.near(head, -1) : TextSelection.between(anchor, head)
          return after.tr.setSelection(selection).setMeta('addToHistory', false)
        },
      }),
    ]
  },
})
