// Rows and columns of the table around the selection: taken whole, copied, moved. Where merged cells reach
// over the edge of a row or column, it cannot be copied; moving is left to what the cells allow.
import type { Node } from '@tiptap/pm/model'
import type { EditorState, Transaction } from '@tiptap/pm/state'
import {
  CellSelection,
  isInTable,
  moveTableColumn,
  moveTableRow,
  selectedRect,
  TableMap,
  type TableRect,
} from '@tiptap/pm/tables'
import { copyOf } from './pieces'

export type Part = 'row' | 'column'

/** Where the selection is in its table; null outside of tables. */
export const rectOf = (state: EditorState): TableRect | null =>
  isInTable(state) ? selectedRect(state) : null

/** The row and column of the cell in front of which this position is. */
export function cellAt(doc: Node, position: number): { row: number; column: number; map: TableMap } | null {
  const $cell = doc.resolve(position)
  const table = $cell.depth > 0 ? $cell.node(-1) : null
  if (table?.type.spec.tableRole !== 'table') return null
  const map = TableMap.get(table)
  const { top, left } = map.findCell(position - $cell.start(-1))
  return { row: top, column: left, map }
}

/** Selects the whole row or column of a cell. */
export function selectPart(transaction: Transaction, part: Part, cell: number): void {
  const $cell = transaction.doc.resolve(cell)
  const table = $cell.node(-1)
  const map = TableMap.get(table)
  if (map.problems === null) {
    const select = part === 'row' ? CellSelection.rowSelection : CellSelection.colSelection
    transaction.setSelection(select($cell))
    return
  }
  // There may be no cell at its ends.
  const tableStart = $cell.start(-1)
  const cells = cellsOf({ ...map.findCell(cell - tableStart), map, table, tableStart }, part)
  const [begin, end] = [cells[0], cells.at(-1)].map((at) => (at === undefined ? cell : tableStart + at))
  transaction.setSelection(CellSelection.create(transaction.doc, begin ?? cell, end))
}

/** No column is narrower; as the schema has it. */
const NARROWEST = 60

/** Gives the first selected column this width, in every row it reaches. */
export function resizeColumn(transaction: Transaction, rect: TableRect, width: number): void {
  for (const position of new Set(cellsOf(rect, 'column'))) {
    const { colspan, colwidth } = rect.table.nodeAt(position)?.attrs ?? {}
    const widths: number[] = colwidth ?? new Array(colspan ?? 1).fill(0)
    const at = rect.left - rect.map.findCell(position).left
    transaction.setNodeAttribute(
      rect.tableStart + position,
      'colwidth',
      widths.with(at, Math.max(NARROWEST, Math.round(width))),
    )
  }
}

const first = (rect: TableRect, part: Part): number => (part === 'row' ? rect.top : rect.left)
const size = (rect: TableRect, part: Part): number => (part === 'row' ? rect.map.height : rect.map.width)

/** Positions of the cells of the first row or column that is selected, as the map has them: 0 is a hole. */
function cellsOf({ map, ...rect }: TableRect, part: Part): number[] {
  const length = part === 'row' ? map.width : map.height
  return Array.from({ length }, (_, at) =>
    part === 'row' ? map.map[rect.top * map.width + at] : map.map[at * map.width + rect.left],
  ).filter((cell): cell is number => cell !== undefined && cell > 0)
}

/** Whether every cell of it begins and ends in it. */
export const isWhole = (rect: TableRect, part: Part): boolean =>
  cellsOf(rect, part).every((cell) => {
    const { top, bottom, left, right } = rect.map.findCell(cell)
    return part === 'row' ? bottom - top === 1 : right - left === 1
  })

/** Puts a copy behind the row or column. */
export function duplicatePart(transaction: Transaction, rect: TableRect, part: Part): boolean {
  if (!isWhole(rect, part)) return false
  const { table, tableStart } = rect
  const { schema } = table.type
  if (part === 'row') {
    let end = tableStart
    for (let row = 0; row <= rect.top; row++) end += table.child(row).nodeSize
    transaction.insert(end, copyOf(schema, table.child(rect.top)))
    return true
  }
  // From the last to the first: those in front keep their positions. A cell that reaches down comes once.
  for (const position of [...new Set(cellsOf(rect, 'column'))].reverse()) {
    const cell = table.nodeAt(position)
    if (cell !== null) transaction.insert(tableStart + position + cell.nodeSize, copyOf(schema, cell))
  }
  return true
}

/** Whether there is a place one step before (−1) or behind (1). */
export function canStep(rect: TableRect, part: Part, by: -1 | 1): boolean {
  const to = first(rect, part) + by
  return to >= 0 && to < size(rect, part)
}

/** Moves the row or column of the selection to another index. */
export const moveTo = (part: Part, from: number, to: number) =>
  part === 'row' ? moveTableRow({ from, to }) : moveTableColumn({ from, to })

export const stepPart = (rect: TableRect, part: Part, by: -1 | 1) =>
  moveTo(part, first(rect, part), first(rect, part) + by)
