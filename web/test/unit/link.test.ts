// A link leads where it says, or it is no link.
import { describe, expect, it } from 'vitest'
import { isSafeLink, linkFrom } from '../../src/editor/link'

describe('an address', () => {
  it.each([
    'https://e.org/a?b#c',
    'http://e.org',
    'HTTPS://E.ORG',
    'mailto:ada@e.org',
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
  ])('%s becomes %s', (typed, address) => expect(linkFrom(typed)).toBe(address))

  it.each(['', '   ', 'javascript:alert(1)', 'data:text/html,x'])('%j is refused', (typed) =>
    expect(linkFrom(typed)).toBeNull(),
  )
})
