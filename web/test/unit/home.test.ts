// The home page's decisions: one list of what was found two ways, marks in titles, addresses of its
// parts, the way of the arrow keys, and what a template looks like.
import { describe, expect, it } from 'vitest'
import type { DocumentInfo } from '../../src/api/documents'
import { inFront, MOST, opened, pin, pinned, recent } from '../../src/shelf'
import { together } from '../../src/ui/home/catalogue'
import { entryOf, marked, merged } from '../../src/ui/home/found'
import { linesOf } from '../../src/ui/home/outline'
import { addressOf, placeOf } from '../../src/ui/home/tab'
import { step } from '../../src/ui/home/walk'

const info = (name: string, more: Partial<DocumentInfo> = {}): DocumentInfo => ({
  name,
  title: null,
  created: '2026-11-27T09:00:00Z',
  updated: '2026-11-27T10:00:00Z',
  bytes: 7,
  people: 0,
  present: [],
  excerpt: null,
  ...more,
})

const found = (name: string) => ({
  name,
  title: null,
  updated: '2026-11-27T10:00:00Z',
  excerpt: [{ text: 'plan', match: true }],
})

describe('what is found', () => {
  it('is one list, the best first, and each document once', () => {
    const list = merged(
      [found('b'), found('a')],
      [info('a', { people: 2, present: [{ name: 'Ada', color: null }] }), info('planning')],
    )
    expect(list.map(({ name }) => name)).toEqual(['b', 'a', 'planning'])
    // What the other list knows of it is not lost.
    expect([list[1]?.people, list[1]?.excerpt[0]?.match]).toEqual([2, true])
    expect(list[0]?.bytes).toBeNull()
  })

  // What was just imported was called empty until the server had read it.
  it('is called blank only where it is known to be', () => {
    const blank = (more: Partial<DocumentInfo>) => entryOf(info('a', more)).blank
    expect(blank({ excerpt: null, bytes: 120 })).toBe(false)
    expect(blank({ excerpt: null, bytes: 0 })).toBe(true)
    expect(blank({ excerpt: '', bytes: 120 })).toBe(true)
    expect(blank({ excerpt: 'Bread', bytes: 120 })).toBe(false)
  })

  it('is marked whatever its case and accents, and nothing else is', () => {
    const marks = (text: string, question: string) =>
      marked(text, question)
        .map(({ text, match }) => (match ? `[${text}]` : text))
        .join('')
    expect(marks('Über den Wolken', 'uber WOLK')).toBe('[Über] den [Wolk]en')
    expect(marks('Plan of plans', 'plan')).toBe('[Plan] of [plan]s')
    expect(marks('a.b*c', '.* “a”')).toBe('[a].b*c')
    expect(marks('Plan', '')).toBe('Plan')
    expect(marks('', 'plan')).toBe('')
    // Letters that become two when their case changes would move every mark behind them.
    expect(marks('İstanbul plan', 'plan')).toContain('plan')
  })

  it('is asked for again without doubles', () => {
    const [a, b, c] = ['a', 'b', 'c'].map((name) => entryOf(info(name)))
    if (!a || !b || !c) throw new Error('three entries')
    expect(together([a, b], [b, c]).map(({ name }) => name)).toEqual(['a', 'b', 'c'])
  })
})

describe('an address', () => {
  it('says which part is shown, and what is looked for', () => {
    for (const place of [
      { tab: 'all', query: '' },
      { tab: 'trash', query: 'a&b c' },
      { tab: 'pinned', query: '' },
    ] as const)
      expect(placeOf(addressOf(place).replace('/', ''))).toEqual(place)
    expect(addressOf({ tab: 'all', query: '' })).toBe('/')
    expect(placeOf('?tab=nonsense&x=1')).toEqual({ tab: 'all', query: '' })
  })
})

describe('the arrow keys', () => {
  it('lead from the search through the rows and back, and not out of them', () => {
    expect(step('ArrowDown', -1, 3)).toBe(0)
    expect(step('ArrowDown', 2, 3)).toBe(2)
    expect(step('ArrowUp', 0, 3)).toBe(-1)
    expect(step('Home', 2, 3)).toBe(0)
    expect(step('End', 0, 3)).toBe(2)
    // In the search they are those of the field.
    for (const key of ['ArrowUp', 'Home', 'End', 'a']) expect(step(key, -1, 3)).toBeUndefined()
    expect(step('ArrowDown', -1, 0)).toBeUndefined()
    expect(step('Enter', 0, 3)).toBeUndefined()
  })
})

describe('the shelf', () => {
  it('has each document once, the newest first, and not more than it holds', () => {
    expect(inFront('b', ['a', 'b', 'c'])).toEqual(['b', 'a', 'c'])
    const many = Array.from({ length: MOST }, (_, number) => String(number))
    expect(inFront('new', many)).toHaveLength(MOST)
  })

  it('is kept in this browser, and nonsense in it is nothing', () => {
    localStorage.setItem('cowrite:recent', '{"a":1}')
    opened('plan')
    expect(recent.value).toEqual(['plan'])
    localStorage.setItem('cowrite:recent', '["notes", 7, "plan"]')
    opened('plan')
    expect(JSON.parse(localStorage.getItem('cowrite:recent') ?? '')).toEqual(['plan', 'notes'])
    pin('a', true)
    pin('b', true)
    pin('a', false)
    expect(pinned.value).toEqual(['b'])
    // Another page of this browser.
    localStorage.setItem('cowrite:pinned', '["c"]')
    dispatchEvent(new StorageEvent('storage', { key: 'cowrite:pinned' }))
    expect(pinned.value).toEqual(['c'])
  })
})

describe('a template', () => {
  it('is shown as what it will be', () => {
    const markdown =
      '> **Sum:** it\n\n## Why\n\n*Say why.*\n\n- \n- [ ] do\n1. first\n\n| A | B |\n| --- | --- |\n|  |  |\n\n```\nx * y\n```\n'
    expect(linesOf(markdown)).toEqual([
      { kind: 'quote', text: 'Sum: it' },
      { kind: 'heading', level: 2, text: 'Why' },
      { kind: 'text', text: 'Say why.' },
      { kind: 'point', text: '' },
      { kind: 'task', text: 'do' },
      { kind: 'number', text: '1. first' },
      { kind: 'table', cells: ['A', 'B'] },
      { kind: 'code', text: 'x * y' },
    ])
  })
})
