// Finding words: what a question means, and where its answers are.
import { Schema } from '@tiptap/pm/model'
import { describe, expect, test } from 'vitest'
import { findIn, lettersOf, nearest, patternOf, type Question, Search } from '../../src/ui/find/question'

const question = (text: string, more: Partial<Question> = {}): Question => ({
  text,
  caseMatters: false,
  wholeWords: false,
  expression: false,
  ...more,
})

const found = (asked: Question, text: string): string[] => {
  const pattern = patternOf(asked)
  if (!pattern) return [`no pattern: ${pattern}`]
  return findIn(text, pattern).map(({ from, to }) => text.slice(from, to))
}

describe('a question', () => {
  test('means its letters, whatever they mean in expressions', () => {
    expect(found(question('a.c (x)'), 'abc (x) a.c (x) A.C (X)')).toEqual(['a.c (x)', 'A.C (X)'])
    for (const sign of '\\^$.*+?()[]{}|/-')
      for (const wholeWords of [false, true])
        expect(found(question(sign, { wholeWords }), ` ${sign} `), sign).toEqual([sign])
  })
  test('may mind the case', () => {
    expect(found(question('Ab', { caseMatters: true }), 'ab Ab AB')).toEqual(['Ab'])
  })
  test('may want whole words, in any script', () => {
    expect(found(question('on', { wholeWords: true }), 'on, once, son, on_ ön on')).toEqual(['on', 'on'])
    expect(found(question('мир', { wholeWords: true }), 'мир мира')).toEqual(['мир'])
  })
  test('may be an expression, or fail to be one', () => {
    expect(found(question('\\d+', { expression: true }), 'a1 b22')).toEqual(['1', '22'])
    expect(found(question('x*', { expression: true }), 'axxb')).toEqual(['xx'])
    expect(patternOf(question('(', { expression: true }))).toBeUndefined()
    expect(patternOf(question(''))).toBeNull()
  })
})

const schema = new Schema({
  nodes: {
    doc: { content: 'paragraph+' },
    paragraph: { content: 'inline*', toDOM: () => ['p', 0] },
    text: { group: 'inline' },
    hardBreak: { inline: true, group: 'inline' },
    image: { inline: true, group: 'inline' },
  },
})
const line = (...parts: (string | 'hardBreak' | 'image')[]) =>
  schema.node(
    'paragraph',
    null,
    parts.map((part) => (part === 'hardBreak' || part === 'image' ? schema.node(part) : schema.text(part))),
  )

describe('a document', () => {
  const doc = schema.node('doc', null, [line('one two'), line('two', 'image', 'two', 'hardBreak', 'x two')])
  test('gives positions at which the words are', () => {
    const matches = new Search(/two/g).in(doc)
    expect(matches).toHaveLength(4)
    expect(matches.map(({ from, to }) => doc.textBetween(from, to))).toEqual(['two', 'two', 'two', 'two'])
  })
  test('has one letter for each position of a block', () => {
    const block = doc.child(1)
    expect(lettersOf(block)).toHaveLength(block.content.size)
    expect(lettersOf(block)).toBe('two\ufffctwo\nx two')
  })
})

test('the search goes on where one is, and begins again behind the last match', () => {
  const matches = [3, 10, 20].map((from) => ({ from, to: from + 2 }))
  expect([0, 3, 4, 20, 21].map((position) => nearest(matches, position))).toEqual([0, 0, 1, 2, 0])
  expect(nearest([], 5)).toBe(0)
})

test('an expression fills in what it found', () => {
  const search = new Search(/(\w+)@(\w+)/g)
  expect(search.replacement('ada@home', '$2 of $1', true)).toBe('home of ada')
  expect(search.replacement('ada@home', '$2', false)).toBe('$2')
})
