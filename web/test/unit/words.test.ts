import { getSchema } from '@tiptap/core'
import { EditorState, TextSelection } from '@tiptap/pm/state'
import { CellSelection } from '@tiptap/pm/tables'
import { expect, it } from 'vitest'
import { content } from '../../src/editor/schema'
import { countSelected, countText, countWords, readingMinutes } from '../../src/editor/words'

const schema = getSchema(content)
const paragraph = (text: string) => ({ type: 'paragraph', content: text ? [{ type: 'text', text }] : [] })
const doc = (...blocks: object[]) => schema.nodeFromJSON({ type: 'doc', content: blocks })

it('counts words, not spaces', () => {
  expect(countText('')).toBe(0)
  expect(countText('  one  two\nthree ')).toBe(3)
  expect(countText('naïve café – 東京 😀')).toBe(5)
  // Nothing parts these words but their sense.
  expect(countText('我们今天去学校')).toBeGreaterThan(2)
})

// An empty page said "0 words · 1 min read".
it('takes no time to read nothing, and a minute for a word', () => {
  expect([0, 1, 229, 346, 2300].map(readingMinutes)).toEqual([0, 1, 1, 2, 10])
})

it('counts across blocks and inside lists, without gluing their words together', () => {
  const list = { type: 'bulletList', content: [{ type: 'listItem', content: [paragraph('three four')] }] }
  expect(countWords(doc(paragraph('one two'), list, paragraph('')))).toBe(4)
})

it('takes a line break for a space', () => {
  const broken = {
    type: 'paragraph',
    content: [{ type: 'text', text: 'one' }, { type: 'hardBreak' }, { type: 'text', text: 'two' }],
  }
  expect(countWords(doc(broken))).toBe(2)
})

it('counts an unchanged node once', () => {
  const node = doc(paragraph('one two'))
  expect(countWords(node)).toBe(countWords(node))
})

it('counts the text as it stands: what is to go counts, what is only proposed does not', () => {
  const marked = (text: string, type: string) => ({
    type: 'text',
    text,
    marks: [{ type, attrs: { id: 'a' } }],
  })
  const replaced = {
    type: 'paragraph',
    content: [marked('old words', 'deletion'), marked('new', 'insertion'), { type: 'text', text: ' end' }],
  }
  expect(countWords(doc(replaced))).toBe(3)
})

// The bug: of selected cells the words of one were counted, whichever that was.
it('counts the words of all cells that are selected', () => {
  const cell = (text: string) => ({ type: 'tableCell', content: [paragraph(text)] })
  const row = (...texts: string[]) => ({ type: 'tableRow', content: texts.map(cell) })
  const text = doc(paragraph('before it'), {
    type: 'table',
    content: [row('one two', 'three'), row('', 'four five six'), row('not', 'these')],
  })
  const cells: number[] = []
  text.descendants((node, position) => {
    if (node.type.name === 'tableCell') cells.push(position)
  })
  const selected = (anchor = 0, head = 0) =>
    countSelected({ doc: text, selection: CellSelection.create(text, cells[anchor] ?? 0, cells[head]) })
  expect(selected(0, 3)).toBe(6)
  expect(selected(3, 0)).toBe(6)
  expect(selected(1, 3)).toBe(4)
  expect(selected(2, 2)).toBe(0)
  const { selection } = EditorState.create({ doc: text, selection: TextSelection.create(text, 1, 7) })
  expect(countSelected({ doc: text, selection })).toBe(1)
})
