// Addresses of headings, as GitHub makes them.
import { getSchema } from '@tiptap/core'
import { expect, test } from 'vitest'
import { content } from '../../src/editor/schema'
import { anchorsOf, slugOf } from '../../src/editor/slug'

test.each([
  ['Goals for the spring', 'goals-for-the-spring'],
  ['  What’s new?  (draft) ', 'whats-new--draft'],
  ['C++ & Rust', 'c--rust'],
  ['snake_case and kebab-case', 'snake_case-and-kebab-case'],
  ['Überblick 2026', 'überblick-2026'],
  ['日本語の見出し', '日本語の見出し'],
  ['हिन्दी', 'हिन्दी'],
  ['👋 Hello', '-hello'],
])('%s', (text, slug) => {
  expect(slugOf(text)).toBe(slug)
})

test('what repeats is counted, and never meets another one', () => {
  const schema = getSchema(content)
  const heading = (text: string) => schema.nodes.heading!.create({ level: 2 }, schema.text(text))
  const doc = schema.nodes.doc!.create(null, ['Notes', 'Notes-1', 'Notes', 'Notes', 'Other'].map(heading))
  expect(anchorsOf(doc).map(({ slug }) => slug)).toEqual(['notes', 'notes-1', 'notes-2', 'notes-3', 'other'])
})
