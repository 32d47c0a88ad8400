// What the cells of a table span, and how wide they are, is bounded wherever a cell or a table is made, whoever
// wrote the numbers: a map of a table, and the columns of its drawing, are as large as its spans say.
import { Extension } from '@tiptap/core'
import { type Attrs, Fragment, type Node } from '@tiptap/pm/model'

/** Columns or rows that a cell may span; the server's bound, too. */
const MOST = 1000
/** A table has more columns only where it has the cells. */
const MOST_COLUMNS = 2 * MOST
/** A wider cell is asked for by whoever means "all of the row". */
const PLAUSIBLE = 20
/** Pixels. */
const WIDEST = 2000

const bounded = (said: unknown): number => {
  const span = typeof said === 'string' ? Number(said) : said
  return typeof span === 'number' && Number.isInteger(span) && span > 0 ? Math.min(span, MOST) : 1
}

/** One width for each column, 0 where none is said; all of them or none. */
const widths = (said: unknown, columns: number): number[] | null =>
  Array.isArray(said) &&
  said.length === columns &&
  said.every((width) => Number.isFinite(width) && width >= 0)
    ? said.map((width) => Math.min(width, WIDEST))
    : null

/** The attributes of a cell as they may be. */
export function cellAttributes(said: Attrs): Attrs {
  const colspan = bounded(said.colspan)
  return { ...said, colspan, rowspan: bounded(said.rowspan), colwidth: widths(said.colwidth, colspan) }
}

const widest = new WeakMap<Element, number>()

/** The most columns that a row of the table has, when its widest cells count as one. */
function columnsOf(table: Element): number {
  const known = widest.get(table)
  if (known !== undefined) return known
  let most = 1
  for (const row of table.querySelectorAll('tr')) {
    let columns = 0
    for (const cell of row.children) {
      const span = bounded(cell.getAttribute('colspan'))
      columns += span > PLAUSIBLE ? 1 : span
    }
    most = Math.max(most, columns)
  }
  widest.set(table, most)
  return most
}

export function readColspan(cell: HTMLElement): number {
  const said = bounded(cell.getAttribute('colspan'))
  const table = said > PLAUSIBLE ? cell.closest('table') : null
  return table === null ? said : Math.min(said, columnsOf(table))
}

/** Whether the cells of some row, with those that reach into it from above, span more than a table may have. */
function isTooWide({ children: rows }: Node): boolean {
  const begun = new Array<number>(rows.length + 1).fill(0)
  for (const [at, row] of rows.entries())
    for (const { attrs } of row.children) {
      const end = Math.min(at + attrs.rowspan, rows.length)
      begun[at] = (begun[at] ?? 0) + attrs.colspan
      begun[end] = (begun[end] ?? 0) - attrs.colspan
    }
  let columns = 0
  return begun.some((more) => {
    columns += more
    return columns > MOST_COLUMNS
  })
}

/** No cell of a table that is too wide spans anything. */
function narrow(table: Node | null): Node | null {
  if (table === null || !isTooWide(table)) return table
  const alone = (cell: Node): Node =>
    cell.type.create({ ...cell.attrs, colspan: 1, rowspan: 1, colwidth: null }, cell.content, cell.marks)
  const rows = table.children.map((row) => row.copy(Fragment.from(row.children.map(alone))))
  return table.copy(Fragment.from(rows))
}

/** Bounds the tables of an editor, whether they are read, pasted, or arrive from somebody else. */
export const BoundedTables = Extension.create({
  name: 'boundedTables',

  onBeforeCreate() {
    const { table } = this.editor.schema.nodes
    if (table === undefined) return
    for (const name of ['create', 'createChecked', 'createAndFill'] as const) {
      const make: typeof table.createAndFill = table[name]
      table[name] = (...said) => narrow(make.apply(table, said)) as Node
    }
  },
})
