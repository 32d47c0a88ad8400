// Finding words: what a question means, and where its answers are.
import { Schema } from '@tiptap/pm/model'
import { describe, expect, test } from 'vitest'
import { findIn, nearest } from '../../src/ui/find/matches'
import { lettersOf, patternOf, type Question, Search } from '../../src/ui/find/question'
import { tryOut } from '../../src/ui/find/trial'

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

describe('an expression', () => {
  const put = (source: string, text: string, by: string) =>
    tryOut({ source, flags: 'gu', texts: [text], by })[0]?.put

  test('fills in what it found', () => {
    expect(put('(\\w+)@(\\w+)', 'ada@home, alan@work', '$2 of $1')).toEqual(['home of ada', 'work of alan'])
    expect(put('(?<who>\\w+)@', 'ada@', '$<who>: $$ $& $')).toEqual(['ada: $ ada@ $'])
    expect(put('x*', 'axxbx', '[$&]')).toEqual(['[xx]', '[x]'])
    expect(put('a', 'a\ue000a', '\ue001')).toEqual(['\ue001', '\ue001'])
  })

  // The bug: a match was replaced as if it stood alone, and of what it needs around it nothing was there.
  test('fills in what it found where it stands', () => {
    expect(put('(\\d)(?= Euro)', '5 Euro, 6 Dollar', '<$1>')).toEqual(['<5>'])
    expect(put('^(a)|(b)', 'ab b', '[$1$2]')).toEqual(['[a]', '[b]', '[b]'])
  })

  test('is known of blocks, and only of those in which it was tried', () => {
    const search = new Search(/o/g, true)
    const [one, two] = [line('oo'), line('x')]
    const doc = schema.node('doc', null, [one, two])
    expect(search.open(doc, null)).toEqual([one, two])
    expect(search.in(doc)).toEqual([])
    const [first, second] = tryOut({ source: 'o', flags: 'g', texts: ['oo', 'x'], by: null })
    if (first === undefined || second === undefined) throw new Error('two texts, two answers')
    search.learn(one, first, null)
    search.learn(two, second, null)
    expect(search.open(doc, null)).toEqual([])
    expect(search.in(doc)).toHaveLength(2)
    expect(search.open(doc, 'e')).toEqual([one])
    expect(() => search.replacement(one, 0, 'e')).toThrow()
    search.learn(one, { ...first, put: ['e', 'e'] }, 'e')
    expect(search.open(doc, 'e')).toEqual([])
    expect(search.replacement(one, 1, 'e')).toBe('e')
    expect(search.open(doc, 'f')).toEqual([one])
    const three = line('oo')
    expect(search.open(schema.node('doc', null, [one, three]), null)).toEqual([three])
  })
})
