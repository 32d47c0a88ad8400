// Whoever only looks at a document does not write in it: what arrives from others is shown as it is.
import { Editor } from '@tiptap/core'
import Collaboration from '@tiptap/extension-collaboration'
import { CellSelection, TableMap } from '@tiptap/pm/tables'
import { afterEach, describe, expect, it } from 'vitest'
import * as Y from 'yjs'
import { OwnLinks } from '../../src/editor/ownlinks'
import { content } from '../../src/editor/schema'
import { cellAttributes } from '../../src/editor/spans'
import { selectPart } from '../../src/editor/tableparts'
import { repairTables } from '../../src/editor/tables'

const open: Editor[] = []
afterEach(() => {
  for (const editor of open.splice(0)) editor.destroy()
})

function page(doc: Y.Doc): Editor {
  const editor = new Editor({
    element: document.createElement('div'),
    injectCSS: false,
    extensions: [...content, Collaboration.configure({ fragment: doc.getXmlFragment('content') }), OwnLinks],
  })
  open.push(editor)
  return editor
}

/** Two copies of one document. What one gets from the other is sent as it comes. */
function two(): [Y.Doc, Y.Doc] {
  const docs: [Y.Doc, Y.Doc] = [new Y.Doc(), new Y.Doc()]
  for (const [from, to] of [docs, [docs[1], docs[0]]])
    from?.on('update', (update: Uint8Array, origin: unknown) => {
      if (to !== undefined && origin !== from) Y.applyUpdate(to, update, to)
    })
  return docs
}

function element(name: string, attributes: Record<string, unknown>, ...inside: Y.XmlElement[]): Y.XmlElement {
  const made = new Y.XmlElement<Record<string, never>>(name)
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value as never)
  made.insert(0, inside)
  return made as Y.XmlElement
}

function words(name: string, said: string): Y.XmlElement {
  const made = new Y.XmlElement(name)
  made.insert(0, [new Y.XmlText(said)])
  return made
}

const cell = (said: string, attributes: Record<string, unknown> = {}) =>
  element('tableCell', { colspan: 1, rowspan: 1, ...attributes }, words('paragraph', said))
const row = (...cells: Y.XmlElement[]) => element('tableRow', {}, ...cells)
const table = (...rows: Y.XmlElement[]) => element('table', {}, ...rows)

/** How many cells each row has. */
const shape = (editor: Editor): number[] => {
  const counts: number[] = []
  editor.state.doc.descendants((node) => {
    if (node.type.name === 'tableRow') counts.push(node.childCount)
  })
  return counts
}

/** What this page has written in the document. */
const written = (doc: Y.Doc): number => Y.getState(doc.store, doc.clientID)

function placeOf(editor: Editor, said: string): number {
  let found = -1
  editor.state.doc.descendants((node, at) => {
    if (node.isText && node.text?.includes(said)) found = at
  })
  return found
}

// Two people who each add a row or a column make rows of unlike length. Every page that saw it added the
// cells that lack, its own ones: two pages that only looked made a table with too many.
describe('a table with rows of unlike length', () => {
  const unlike = () => table(row(cell('a'), cell('b'), cell('c')), row(cell('short')))

  it('is shown as it is, by everybody who looks', () => {
    const [mine, theirs] = two()
    const here = page(mine)
    const there = page(theirs)
    theirs.getXmlFragment('content').insert(0, [unlike()])
    const before = [written(mine), written(theirs)]
    // What a page would write by looking it writes with the next thing that happens in it.
    for (const editor of [here, there]) editor.commands.setTextSelection(4)
    expect([shape(here), shape(there)]).toEqual([
      [3, 1],
      [3, 1],
    ])
    expect([written(mine), written(theirs)]).toEqual(before)
  })

  it('is made whole behind an edit in it, once', () => {
    const [mine, theirs] = two()
    const here = page(mine)
    const there = page(theirs)
    theirs.getXmlFragment('content').insert(0, [unlike(), words('paragraph', 'below')])
    const seen = written(theirs)
    here.commands.insertContentAt(placeOf(here, 'below'), 'words ')
    expect(shape(here)).toEqual([3, 1])
    here.commands.insertContentAt(placeOf(here, 'short'), 'words ')
    expect([shape(here), shape(there)]).toEqual([
      [3, 3],
      [3, 3],
    ])
    expect(written(theirs)).toBe(seen)
  })

  // Dragging over its cells to copy them made it whole in everybody's document, and so did pressing a handle;
  // also where one may only read.
  it.each([true, false])('is as it was when its cells are selected; by a writer: %s', (isWriter) => {
    const [mine, theirs] = two()
    const here = page(mine)
    theirs.getXmlFragment('content').insert(0, [unlike()])
    here.setEditable(isWriter)
    const at = placeOf(here, 'short') - 2
    here.view.dispatch(here.state.tr.setSelection(CellSelection.create(here.state.doc, at)))
    for (const part of ['row', 'column'] as const) {
      const { tr } = here.state
      selectPart(tr, part, at)
      here.view.dispatch(tr)
      expect(here.state.selection).toBeInstanceOf(CellSelection)
    }
    if (!isWriter) repairTables(here)
    expect(shape(here)).toEqual([3, 1])
    expect(written(mine)).toBe(0)
  })

  // The map has nothing where a cell lacks, which the library took for the first row: it was copied into the
  // copy, and emptied with the cells.
  it('is copied as it would be when it is whole, and emptied where it has cells', () => {
    const [mine] = two()
    const here = page(mine)
    mine.getXmlFragment('content').insert(0, [unlike()])
    const { doc } = here.state
    const selection = CellSelection.create(doc, placeOf(here, 'b') - 2, placeOf(here, 'short') - 2)
    here.view.dispatch(here.state.tr.setSelection(selection))
    const rows = here.state.selection.content().content.content
    expect(rows.map((row) => row.children.map(({ textContent }) => textContent))).toEqual([
      ['a', 'b'],
      ['short', ''],
    ])
    expect(shape(here)).toEqual([3, 1])
    here.view.someProp('handleKeyDown', (press) =>
      press(here.view, new KeyboardEvent('keydown', { key: 'Delete' })),
    )
    expect(here.state.doc.textContent).toBe('c')
    expect(shape(here)).toEqual([3, 3])
  })

  // There is no cell below 'c': the arrow led to the first row, and Delete then emptied it.
  it('has nothing to go on to where a cell lacks', () => {
    const [mine] = two()
    const here = page(mine)
    mine.getXmlFragment('content').insert(0, [unlike()])
    const cells = here.state.doc.firstChild as never
    expect(TableMap.get(cells).nextCell(placeOf(here, 'c') - 3, 'vert', 1)).toBeNull()
  })

  // A whole table around the caret let every other one be made whole, in which nobody was.
  it('is left as it is by what is done in another one', () => {
    const [mine, theirs] = two()
    const here = page(mine)
    theirs.getXmlFragment('content').insert(0, [table(row(cell('whole'))), unlike()])
    here.commands.setTextSelection(placeOf(here, 'whole'))
    repairTables(here)
    here.commands.insertContent('words')
    expect(shape(here)).toEqual([1, 3, 1])
  })

  it('is left as it is around the caret by what is done elsewhere', () => {
    const [mine, theirs] = two()
    const here = page(mine)
    theirs.getXmlFragment('content').insert(0, [unlike(), words('paragraph', 'below')])
    here.commands.setTextSelection(placeOf(here, 'short'))
    here.view.dispatch(here.state.tr.insertText('words ', placeOf(here, 'below')))
    expect(shape(here)).toEqual([3, 1])
  })
})

describe('an address that somebody else wrote', () => {
  // The link was made by every page that had the text before it: opening a document was an edit.
  it('is made a link by nobody who looks', () => {
    const [mine, theirs] = two()
    const here = page(mine)
    theirs.getXmlFragment('content').insert(0, [words('paragraph', 'see https://example.org')])
    theirs.getXmlFragment('content').insert(1, [words('paragraph', 'and more')])
    here.commands.setTextSelection(2)
    expect(here.getHTML()).toBe('<p>see https://example.org</p><p>and more</p>')
    expect(written(mine)).toBe(0)
  })

  it('is a link when it is typed here', () => {
    const [mine] = two()
    const here = page(mine)
    mine.getXmlFragment('content').insert(0, [words('paragraph', 'see https://example.org')])
    here.view.dispatch(here.state.tr.insertText(' ', here.state.doc.content.size - 1))
    expect(here.getHTML()).toContain('href="https://example.org"')
  })
})

// All of the text is selected to be copied; somebody else empties it; this page made a paragraph of the
// heading that was left.
it('a text that others empty keeps the kind of its block, though all of it is selected here', () => {
  const [mine, theirs] = two()
  const here = page(mine)
  theirs.getXmlFragment('content').insert(0, [words('heading', 'Title')])
  const before = written(mine)
  here.commands.setTextSelection({ from: 1, to: 6 })
  const text = (theirs.getXmlFragment('content').get(0) as Y.XmlElement).get(0) as Y.XmlText
  text.delete(0, 5)
  here.commands.setTextSelection(1)
  expect(here.state.doc.firstChild?.type.name).toBe('heading')
  expect(written(mine)).toBe(before)
})

// A cell that says it spans a million columns made the page draw each of them, and stand still.
describe('a cell that spans more than there can be', () => {
  it('is bounded when it arrives, and nothing is written', () => {
    const [mine, theirs] = two()
    const here = page(mine)
    const wild = cell('wild', { colspan: 1e9, rowspan: '1e12', colwidth: 'none' })
    theirs
      .getXmlFragment('content')
      .insert(0, [table(row(wild), row(cell('x', { colspan: -3, rowspan: 0 })))])
    here.commands.setTextSelection(4)
    const drawn = here.view.dom.querySelectorAll('col').length
    expect(drawn).toBe(1000)
    const map = TableMap.get(here.state.doc.firstChild as never)
    expect([map.width, map.height]).toEqual([1001, 2])
    expect(written(mine)).toBe(0)
  })

  // Each was bounded for itself: sixty of them made a map of sixty thousand columns, and the page stood still.
  it.each([
    ['beside others', (cells: Y.XmlElement[]) => [row(...cells)]],
    ['above others', (cells: Y.XmlElement[]) => cells.map((one) => row(one))],
  ])('makes no table wider than that, %s', (_, rows) => {
    const [mine, theirs] = two()
    const here = page(mine)
    const wild = Array.from({ length: 60 }, () => cell('x', { colspan: 1000, rowspan: 1000 }))
    theirs.getXmlFragment('content').insert(0, [table(...rows(wild))])
    expect(TableMap.get(here.state.doc.firstChild as never).width).toBeLessThanOrEqual(2000)
    expect(here.state.doc.textContent).toBe('x'.repeat(60))
    expect(written(mine)).toBe(0)
  })

  // Any number was a width: the page was drawn as wide as that.
  it('has a width for each of its columns that a page can have, or none', () => {
    const read = (colspan: number, colwidth: unknown) =>
      cellAttributes({ colspan, rowspan: 1, colwidth }).colwidth
    expect(read(2, [0, 1e300])).toEqual([0, 2000])
    for (const wrong of [[Number.NaN], [-3], [Number.POSITIVE_INFINITY], ['9'], [1, 2], [], 7])
      expect(read(1, wrong), String(wrong)).toBeNull()
  })

  it('is as wide as its table when it is pasted', () => {
    const [mine] = two()
    const here = page(mine)
    here.commands.setContent(
      '<table><tr><td colspan="1000">all</td></tr><tr><td>a</td><td>b</td></tr><tr><td colspan="100%">c</td><td>d</td></tr></table>',
    )
    expect(shape(here)).toEqual([1, 2, 2])
    expect(here.getHTML()).toContain('colspan="2"')
  })

  it('is any whole number up to the bound, or one', () => {
    const spans = [3, '4', 1e6, 2.5, 0, Number.NaN, null, {}].map(
      (colspan) => cellAttributes({ colspan, rowspan: 1, colwidth: [100], align: 'left' }).colspan,
    )
    expect(spans).toEqual([3, 4, 1000, 1, 1, 1, 1, 1])
    expect(cellAttributes({ colspan: 1, rowspan: 1, colwidth: [100], align: 'left' })).toEqual({
      colspan: 1,
      rowspan: 1,
      colwidth: [100],
      align: 'left',
    })
  })
})
