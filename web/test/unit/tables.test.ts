// Tables that two people changed at once: their rows are of unlike length, and the next edit makes them whole.
// Two pages that did so at once gave the same row two cells, and the next edit gave one to every other row:
// a table of three columns soon had nine.
import { Editor } from '@tiptap/core'
import { afterEach, expect, it } from 'vitest'
import { content } from '../../src/editor/schema'
import { repairTables } from '../../src/editor/tables'

let editor: Editor | null = null
afterEach(() => editor?.destroy())

function edit(rows: string[]): Editor {
  const html = rows.map(
    (row) =>
      `<tr>${row
        .split('|')
        .map((cell) => (cell.startsWith('<') ? `<td>${cell}</td>` : `<td><p>${cell}</p></td>`))
        .join('')}</tr>`,
  )
  editor?.destroy()
  editor = new Editor({
    element: document.createElement('div'),
    injectCSS: false,
    extensions: content,
    content: `<table>${html.join('')}</table>`,
  })
  editor.commands.setTextSelection(4)
  return editor
}

const rowsOf = (of: Editor): string[] =>
  of.state.doc.firstChild?.children.map((row) => row.children.map((cell) => cell.textContent).join('|')) ?? []

/** A table with such rows, made whole before something is done with one of them. */
function madeWhole(rows: string[]): string[] {
  const made = edit(rows)
  repairTables(made)
  return rowsOf(made)
}

it('a row without a cell gets one', () => {
  expect(madeWhole(['a||b', '|', '1||2'])).toEqual(['a||b', '||', '1||2'])
})

it('a row that got two loses one, and the others get none', () => {
  expect(madeWhole(['a||b', '|||', '1||2'])).toEqual(['a||b', '||', '1||2'])
})

it('a cell with words is nothing too much', () => {
  expect(madeWhole(['a||b', '|||x', '1||2'])).toEqual(['a||b|', '|||x', '1||2|'])
})

it('a column that somebody made stays, in however few rows', () => {
  expect(madeWhole(['a|b|', '1|2', '3|4'])).toEqual(['a|b|', '1|2|', '3|4|'])
})

// A picture is as small as an empty paragraph: a cell that held one counted as empty, and was taken away.
it('a cell with a picture, a formula or a line across is nothing too much', () => {
  for (const held of [
    '<img src="/v1/media/x">',
    '<div data-type="block-math" data-latex="x"></div>',
    '<hr>',
  ]) {
    const made = edit(['a||b', `||${'|'}${held}`, '1||2'])
    const cell = made.state.doc.firstChild?.child(1).child(3).toJSON()
    expect(cell.content).not.toEqual([{ type: 'paragraph' }])
    repairTables(made)
    expect(made.state.doc.firstChild?.child(1).child(3).toJSON(), held).toEqual(cell)
  }
})

// The row that Tab adds behind a row without a cell had a row for a cell.
it('Tab behind the last cell makes the row whole, too', () => {
  const made = edit(['a|b', '1'])
  made.commands.setTextSelection(made.state.doc.content.size - 4)
  made.view.someProp('handleKeyDown', (press) =>
    press(made.view, new KeyboardEvent('keydown', { key: 'Tab' })),
  )
  expect(() => made.state.doc.check()).not.toThrow()
  expect(rowsOf(made)[1]).toBe('1|')
  expect(new Set(rowsOf(made).map((row) => row.split('|').length))).toEqual(new Set([2]))
})

// Cells that were pasted where one lacks came in front of the first row.
it('cells are pasted into the whole table', () => {
  const made = edit(['a', '1|2|3'])
  made.view.pasteHTML('<table><tr><td><p>x</p></td><td><p>y</p></td></tr></table>')
  expect(rowsOf(made)).toEqual(['x|y|', '1|2|3'])
})
