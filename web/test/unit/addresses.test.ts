import { expect, test } from 'vitest'
import { find, tokenize } from '../../src/editor/addresses'

const hrefs = (text: string): string[] => find(text).map(({ href }) => href)

test.each([
  ['https://example.org/a?b=c#d', 'https://example.org/a?b=c#d'],
  ['see http://localhost:8080/d/x.', 'http://localhost:8080/d/x'],
  ['www.example.museum', 'https://www.example.museum'],
  ['example.org', 'https://example.org'],
  ['(example.com/path)', 'https://example.com/path'],
  ['https://en.wikipedia.org/wiki/Rust_(language)', 'https://en.wikipedia.org/wiki/Rust_(language)'],
  ['ada@example.org', 'mailto:ada@example.org'],
  ['sub.domain.co.uk:8443/x', 'https://sub.domain.co.uk:8443/x'],
])('%s is an address', (text, href) => {
  expect(hrefs(text)).toEqual([href])
})

test.each([
  'lib.rs',
  'setup.sh',
  'README.md',
  'e.g.',
  'a.b.c',
  '3.14',
  'node.js',
  'foo.com1',
  'x@y',
  'javascript:alert(1)',
])('%s is none', (text) => {
  expect(hrefs(text)).toEqual([])
})

test('what stands around an address is told apart from it', () => {
  expect(tokenize('[example.org]').map((token) => token.toObject().value)).toEqual(['[', 'example.org', ']'])
  expect(tokenize('example.org.').map((token) => token.toObject().isLink)).toEqual([true, false])
})
