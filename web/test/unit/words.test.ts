import { getSchema } from '@tiptap/core'
import { expect, it } from 'vitest'
import { content } from '../../src/editor/schema'
import { countText, countWords, readingMinutes } from '../../src/editor/words'

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
