// What becomes of a piece of the text when it is taken somewhere else.
import { getSchema } from '@tiptap/core'
import type { Node } from '@tiptap/pm/model'
import { EditorState, TextSelection } from '@tiptap/pm/state'
import { describe, expect, test } from 'vitest'
import {
  duplicatePiece,
  followPiece,
  movePiece,
  type Piece,
  pieceAt,
  placeFor,
  removePiece,
  stepOf,
  writeBelow,
} from '../../src/editor/pieces'
import { content } from '../../src/editor/schema'

const schema = getSchema(content)
const { nodes } = schema
const p = (words: string) => nodes.paragraph!.create(null, words === '' ? null : schema.text(words))
const item = (words: string, ...rest: Node[]) => nodes.listItem!.create(null, [p(words), ...rest])
const list = (...items: Node[]) => nodes.bulletList!.create(null, items)
const task = (words: string) => nodes.taskItem!.create({ checked: true }, p(words))
const tasks = (...items: Node[]) => nodes.taskList!.create(null, items)
const heading = (words: string) => nodes.heading!.create({ level: 1 }, schema.text(words))
const stateOf = (...blocks: Node[]) => EditorState.create({ doc: nodes.doc!.create(null, blocks) })

/** The position inside the block whose text begins with these words. */
function inside(doc: Node, words: string): number {
  let found = -1
  doc.descendants((node, position) => {
    if (node.isTextblock && node.textContent.startsWith(words)) found = position + 1
  })
  if (found < 0) throw new Error(`There is no “${words}”.`)
  return found
}
const take = (doc: Node, words: string): Piece => pieceAt(doc.resolve(inside(doc, words)))!
const shape = (doc: Node) => doc.toString().replace(/^doc/, '')

/** Takes the piece one step up or down, with the caret in it, and says what the document is then. */
function step(state: EditorState, words: string, down: boolean) {
  const piece = take(state.doc, words)
  const caret = TextSelection.create(state.doc, inside(state.doc, words) + 1)
  const transaction = state.tr.setSelection(caret)
  const at = stepOf(state.doc, piece, down)
  const moved = at !== null && movePiece(transaction, piece, at)
  transaction.doc.check()
  return {
    moved,
    shape: shape(transaction.doc),
    at: transaction.selection.$from.parent.textContent,
    offset: transaction.selection.$from.parentOffset,
  }
}

test('the innermost item is taken, and a table as a whole', () => {
  const cell = nodes.tableCell!.create(null, list(item('in the cell')))
  const { doc } = stateOf(
    p('one'),
    list(item('outer', list(item('inner')))),
    nodes.table!.create(null, nodes.tableRow!.create(null, cell)),
  )
  expect(take(doc, 'one').node.type.name).toBe('paragraph')
  expect(take(doc, 'outer').node.textContent).toBe('outerinner')
  expect(take(doc, 'inner').node.textContent).toBe('inner')
  expect(take(doc, 'in the cell').node.type.name).toBe('table')
})

describe('step by step', () => {
  test('blocks change places, and the caret stays in its letter', () => {
    const state = stateOf(p('one'), heading('two'), p('three'))
    expect(step(state, 'two', false)).toEqual({
      moved: true,
      shape: '(heading("two"), paragraph("one"), paragraph("three"))',
      at: 'two',
      offset: 1,
    })
    expect(step(state, 'two', true)).toMatchObject({
      shape: '(paragraph("one"), paragraph("three"), heading("two"))',
      at: 'two',
      offset: 1,
    })
    expect(step(state, 'one', false).moved).toBe(false)
    expect(step(state, 'three', true).moved).toBe(false)
  })

  test('an item at the edge leaves its list, and takes a list along', () => {
    const state = stateOf(p('one'), list(item('a'), item('b')), p('two'))
    expect(step(state, 'b', true)).toMatchObject({
      shape:
        '(paragraph("one"), bulletList(listItem(paragraph("a"))), bulletList(listItem(paragraph("b"))), paragraph("two"))',
      at: 'b',
      offset: 1,
    })
    expect(step(state, 'b', false).shape).toBe(
      '(paragraph("one"), bulletList(listItem(paragraph("b")), listItem(paragraph("a"))), paragraph("two"))',
    )
  })

  test('the only item passes the block beside its list', () => {
    const state = stateOf(p('one'), list(item('a')), p('two'))
    expect(step(state, 'a', true).shape).toBe(
      '(paragraph("one"), paragraph("two"), bulletList(listItem(paragraph("a"))))',
    )
    expect(step(state, 'a', false).shape).toBe(
      '(bulletList(listItem(paragraph("a"))), paragraph("one"), paragraph("two"))',
    )
  })
})

describe('to another place', () => {
  function move(state: EditorState, words: string, at: number) {
    const transaction = state.tr
    movePiece(transaction, take(state.doc, words), at)
    transaction.doc.check()
    return shape(transaction.doc)
  }

  test('a paragraph becomes an item in a list, and a task becomes a point', () => {
    const state = stateOf(list(item('a'), item('b')), p('words'), tasks(task('done')))
    const between = take(state.doc, 'b').from
    expect(move(state, 'words', between)).toBe(
      '(bulletList(listItem(paragraph("a")), listItem(paragraph("words")), listItem(paragraph("b"))), taskList(taskItem(paragraph("done"))))',
    )
    // The list of tasks goes with its last one.
    expect(move(state, 'done', between)).toBe(
      '(bulletList(listItem(paragraph("a")), listItem(paragraph("done")), listItem(paragraph("b"))), paragraph("words"))',
    )
  })

  test('a heading does not go into a list but next to it', () => {
    const { doc } = stateOf(list(item('a'), item('b')), heading('top'))
    const between = take(doc, 'b').from
    const top = take(doc, 'top')
    expect(placeFor(doc, top, between, false)).toBe(0)
    expect(placeFor(doc, top, between, true)).toBe(doc.child(0).nodeSize)
  })

  test('nothing goes into itself', () => {
    const state = stateOf(list(item('outer', list(item('inner')))), p('end'))
    const transaction = state.tr
    const outer = take(state.doc, 'outer')
    expect(movePiece(transaction, outer, inside(state.doc, 'inner') - 2)).toBe(false)
    expect(transaction.docChanged).toBe(false)
  })
})

test('a copy stands behind, made of nodes of its own', () => {
  const state = stateOf(list(item('a'), item('b')))
  const transaction = state.tr
  duplicatePiece(transaction, take(state.doc, 'a'))
  expect(shape(transaction.doc)).toBe(
    '(bulletList(listItem(paragraph("a")), listItem(paragraph("a")), listItem(paragraph("b"))))',
  )
  expect(transaction.doc.child(0).child(0)).not.toBe(transaction.doc.child(0).child(1))
})

test('what is deleted takes its empty list along; a document keeps a line', () => {
  const state = stateOf(list(item('a')))
  const transaction = state.tr
  removePiece(transaction, take(state.doc, 'a'))
  transaction.doc.check()
  expect(shape(transaction.doc)).toBe('(paragraph)')
})

test('below a block there is a line with a "/"; an empty line is used', () => {
  const state = stateOf(p('one'), p(''), list(item('a')))
  const below = (words: string) => {
    const transaction = state.tr
    writeBelow(transaction, take(state.doc, words))
    return [shape(transaction.doc), transaction.selection.$from.parent.textContent]
  }
  expect(below('one')).toEqual([
    '(paragraph("one"), paragraph("/"), paragraph, bulletList(listItem(paragraph("a"))))',
    '/',
  ])
  expect(below('a')).toEqual([
    '(paragraph("one"), paragraph, bulletList(listItem(paragraph("a")), listItem(paragraph("/"))))',
    '/',
  ])
})

// Elements were held instead of nodes at first; another block was deleted than the one that was taken,
// because elements are used again for what was written above.
test('a piece is followed through what others write', () => {
  const one = stateOf(p('one'), p('two'), p('three')).doc
  const two = take(one, 'two')
  // A new document each time, in which only what nobody touched is the same node.
  const above = nodes.doc!.create(null, [p('one and more'), p('new'), one.child(1), one.child(2)])
  expect(followPiece(one, above, two)).toEqual({ from: inside(above, 'two') - 1, node: one.child(1) })
  const itself = nodes.doc!.create(null, [one.child(0), p('two or so'), one.child(2)])
  expect(followPiece(one, itself, two)?.node.textContent).toBe('two or so')
  const rebuilt = nodes.doc!.create(null, [p('one'), p('new'), p('two'), p('three')])
  expect(followPiece(one, rebuilt, two)?.from).toBe(inside(rebuilt, 'two') - 1)
  const twice = nodes.doc!.create(null, [p('two'), p('one'), p('new'), p('two'), p('three')])
  expect(followPiece(one, twice, two)?.from).toBe(inside(twice, 'two') - 1)
  const gone = nodes.doc!.create(null, [one.child(0), one.child(2)])
  expect(followPiece(one, gone, two)).toBe(null)
})
