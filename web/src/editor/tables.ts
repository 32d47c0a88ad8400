// Tables that keep to what others wrote. A table that two people changed at once may have rows of unlike
// length; it is made whole behind an edit of one's own in it, or before something is done with its rows and
// columns, never because somebody else's change arrived or because its cells are selected: two pages would each
// add the cells that lack, and whoever only looks would write. Two who write at once do add them both. Such a
// row has empty cells too many, and loses them: both pages take the same ones, and the table does not grow by
// what was meant to mend it.
import type { Editor } from '@tiptap/core'
import { Table, TableCell, TableHeader, TableRow } from '@tiptap/extension-table'
import type { Transaction } from '@tiptap/pm/state'
import { CellSelection, __pastedCells as pastedCells, tableEditingKey } from '@tiptap/pm/tables'
import { ySyncPluginKey } from '@tiptap/y-tiptap'
import { mended } from './holes'
import { BoundedTables, readColspan } from './spans'

const cells = [TableCell, TableHeader].map((cell) =>
  cell.extend({
    addAttributes() {
      return { ...this.parent?.(), colspan: { default: 1, parseHTML: readColspan } }
    },
  }),
)

const isFromOthers = (transaction: Transaction): boolean =>
  (transaction.getMeta(ySyncPluginKey) as { isChangeOrigin?: boolean } | undefined)?.isChangeOrigin === true

/** Makes the table around the selection whole before something is done with a row or a column of it. */
export function repairTables(editor: Editor): void {
  const repair = editor.isEditable ? mended(editor.state) : null
  if (repair !== null) editor.view.dispatch(repair)
}

const RepairedTable = Table.extend({
  addProseMirrorPlugins() {
    const { editor } = this
    const plugins = this.parent?.() ?? []
    const { spec, props } = plugins.find((plugin) => plugin.spec.key === tableEditingKey) ?? {}
    const append = spec?.appendTransaction
    const paste = props?.handlePaste
    if (!spec || !append || !paste) return plugins
    spec.appendTransaction = function (transactions, before, after) {
      const isOwn = editor.isEditable && transactions.some(({ docChanged }) => docChanged)
      // Nothing is changed since: it looks after the selection only.
      if (!isOwn || transactions.some(isFromOthers)) return append.call(this, transactions, after, after)
      // It has something to add where a table that is not whole was changed.
      const added = append.call(this, transactions, before, after)
      return (added && mended(after)) ?? added
    }
    props.handlePaste = function (view, event, slice) {
      if (view.state.selection instanceof CellSelection || pastedCells(slice) !== null) repairTables(editor)
      return paste.call(this, view, event, slice)
    }
    return plugins
  },

  addKeyboardShortcuts() {
    const { editor } = this
    const keys = this.parent?.() ?? {}
    // Behind the last cell a row is added.
    const Tab: (typeof keys)[string] = (pressed) => {
      if (editor.commands.goToNextCell()) return true
      repairTables(editor)
      return keys.Tab?.(pressed) ?? false
    }
    return { ...keys, Tab }
  },
}).configure({ resizable: true, cellMinWidth: 60 })

export const tables = [RepairedTable, ...cells, TableRow, BoundedTables]
