// Keeps your caret where you are writing while others write. The decision is made in caretmap.ts;
// this plugin only asks for it, after transactions that came from the shared document.
import { Extension } from '@tiptap/core'
import type { Node } from '@tiptap/pm/model'
import { type EditorState, NodeSelection, Plugin, Selection, TextSelection } from '@tiptap/pm/state'
import { ySyncPluginKey } from '@tiptap/y-tiptap'
import { caretAfterRemote, caretAfterUndo } from './caretmap'

interface SyncMeta {
  isChangeOrigin?: boolean
  isUndoRedoOperation?: boolean
}

/** Whether a selected thing is another one than was selected: of another kind, or one that stood elsewhere. */
function isOther({ doc, selection }: EditorState, now: Node): boolean {
  if (!(selection instanceof NodeSelection) || selection.node.eq(now)) return false
  let other = selection.node.type !== now.type
  doc.descendants((node) => {
    other ||= node.eq(now)
  })
  return other
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
          // The binding puts a caret back by its number, also where no caret can be: at a picture.
          const put = after.selection
          if (put instanceof TextSelection && !put.$head.parent.inlineContent)
            return after.tr.setSelection(Selection.near(put.$head)).setMeta('addToHistory', false)
          // It selects what stands where a selected thing stood that is gone, and the next key would replace that.
          if (put instanceof NodeSelection && isOther(before, put.node))
            return after.tr
              .setSelection(Selection.findFrom(put.$from, 1, true) ?? Selection.atStart(after.doc))
              .setMeta('addToHistory', false)
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
