// A link leads where it says, or it is no link.
import { describe, expect, it } from 'vitest'
import { isSafeLink, linkFrom, ownLink } from '../../src/editor/link'

describe('an address', () => {
  it.each([
    'https://e.org/a?b#c',
    'http://e.org',
    'HTTPS://E.ORG',
    'mailto:ada@e.org',
    'tel:+49-30-1234',
    '/d/plan',
    './x',
    '../x',
    '#part',
    '?q=1',
    'notes',
  ])('%s is safe', (address) => expect(isSafeLink(address)).toBe(true))

  it.each([
    'javascript:alert(1)',
    'JavaScript:alert(1)',
    ' javascript:alert(1)',
    'java\nscript:alert(1)',
    'java\tscript:alert(1)',
    '\u0001javascript:alert(1)',
    'data:text/html,<script>',
    'vbscript:x',
    'file:///etc/passwd',
    'blob:https://e.org/1',
    '',
    '  ',
  ])('%j is refused', (address) => expect(isSafeLink(address)).toBe(false))
})

describe('what a person types', () => {
  it.each([
    ['example.org', 'https://example.org'],
    ['example.org:8080/x', 'https://example.org:8080/x'],
    ['localhost:8080', 'https://localhost:8080'],
    ['www.example.org/a b', 'https://www.example.org/a b'],
    ['ada@example.org', 'mailto:ada@example.org'],
    ['https://example.org', 'https://example.org'],
    ['/d/plan', '/d/plan'],
    ['#goals', '#goals'],
    ['example.com/x', 'https://example.com/x'],
    ['../other', '../other'],
    ['?q=1', '?q=1'],
    ['tel:123', 'tel:123'],
    ['TEL:+49 30 1234', 'TEL:+49 30 1234'],
    ['mailto:ada@example.org', 'mailto:ada@example.org'],
    ['192.168.0.1/x', 'https://192.168.0.1/x'],
    ['nas:5000/photos', 'https://nas:5000/photos'],
    ['пример.рф/а', 'https://пример.рф/а'],
    ['example.xn--p1ai', 'https://example.xn--p1ai'],
    ['ada@пример.рф', 'mailto:ada@пример.рф'],
  ])('%s becomes %s', (typed, address) => expect(linkFrom(typed)).toBe(address))

  // Any words were an address: of a page beside the document, which nobody has.
  it.each([
    '',
    '   ',
    'javascript:alert(1)',
    'data:text/html,x',
    'foo bar',
    'notes',
    'see example.org',
    'https://foo bar',
    'https://',
    'mailto:',
    'tel:',
    '...',
    'user:secret@example.org',
  ])('%j is refused', (typed) => expect(linkFrom(typed)).toBeNull())
})

it('a link to a document of this server is known, whatever way it is written', () => {
  const here = 'https://notes.example/d/team/plan'
  expect(ownLink('/d/other%20one', here)).toEqual({ name: 'other one', hash: '' })
  expect(ownLink('https://notes.example/d/a/b#goals', here)).toEqual({ name: 'a/b', hash: '#goals' })
  expect(ownLink('#goals', here)).toEqual({ name: 'team/plan', hash: '#goals' })
  for (const other of [
    'https://example.org/d/a',
    '/',
    '/api/docs',
    'mailto:a@b.org',
    'javascript:alert(1)',
    '/d/',
  ])
    expect(ownLink(other, here)).toBe(null)
})
