// Tables whose rows are of unlike length, as two people leave them who changed one at once. The library's map
// of such a table says 0 where a cell lacks, and takes that for the first row. Here there is no cell at such
// a place for whoever selects, copies or goes on; and it is told what would make the table whole.
import type { Node } from '@tiptap/pm/model'
import { EditorState, type Transaction } from '@tiptap/pm/state'
import { CellSelection, fixTables, isInTable, selectionCell, TableMap } from '@tiptap/pm/tables'

const { cellsInRect, nextCell } = TableMap.prototype
TableMap.prototype.cellsInRect = function (rect) {
  return cellsInRect.call(this, rect).filter(Boolean)
}
TableMap.prototype.nextCell = function (...asked) {
  return nextCell.apply(this, asked) || null
}

const { content } = CellSelection.prototype
/** Cells are copied as they were in the whole table. */
CellSelection.prototype.content = function () {
  const whole = mended(EditorState.create({ doc: this.$anchorCell.node(0), selection: this }))
  return content.call(whole?.selection instanceof CellSelection ? whole.selection : this)
}

/** Holds an empty paragraph, and nothing else. */
const isEmpty = ({ content, firstChild }: Node): boolean =>
  content.size === 2 && firstChild?.type.name === 'paragraph'

/**
 * Makes the rows of a table equally long, at their ends: where a row alone has empty cells there, they go; where
 * one lacks cells, it gets them. Null where it has merged cells.
 */
function squared(change: Transaction, rows: readonly Node[], start: number): Transaction | null {
  const isPlain = ({ attrs }: Node): boolean => attrs.colspan === 1 && attrs.rowspan === 1
  if (!rows.every((row) => row.children.every(isPlain))) return null
  const often = new Map<number, number>()
  let usual = 0
  for (const { childCount } of rows) often.set(childCount, (often.get(childCount) ?? 0) + 1)
  for (const [length, times] of often) {
    const most = often.get(usual) ?? 0
    if (times > most || (times === most && length > usual)) usual = length
  }
  // A column that somebody made is in the first row, too.
  const least = (rows[0]?.childCount ?? 0) > usual ? Number.POSITIVE_INFINITY : usual
  let target = 0
  for (const row of rows) {
    let length = row.childCount
    while (length > least && isEmpty(row.child(length - 1))) length -= 1
    target = Math.max(target, length)
  }
  let end = start
  for (const row of rows) {
    end += row.nodeSize
    const at = change.mapping.map(end - 1)
    const { childCount, lastChild } = row
    const surplus = row.children.slice(target).reduce((size, { nodeSize }) => size + nodeSize, 0)
    if (surplus > 0) change.delete(at - surplus, at)
    for (let cells = childCount; cells < target; cells += 1) {
      const cell = lastChild?.type.createAndFill()
      if (cell != null) change.insert(at, cell)
    }
  }
  return change.docChanged ? change : null
}

/** What makes the table around the selection whole; null where it is, and outside of tables. */
export function mended(state: EditorState): Transaction | null {
  if (!isInTable(state)) return null
  const $cell = selectionCell(state)
  const table = $cell.node(-1)
  if (TableMap.get(table).problems === null) return null
  const plain = squared(state.tr, table.children, $cell.start(-1))
  if (plain !== null) return plain
  // The library looks after what was not in the state before.
  const without = state.tr.delete($cell.before(-1), $cell.after(-1)).doc
  return fixTables(state, { doc: without } as EditorState) ?? null
}
