// When a list of suggestions may open. The menu of blocks opened over words that were just written, and
// wherever the caret came past a "/"; it stayed in the way.
import { getSchema } from '@tiptap/core'
import { EditorState } from '@tiptap/pm/state'
import { ySyncPluginKey } from '@tiptap/y-tiptap'
import { expect, test } from 'vitest'
import { content } from '../../src/editor/schema'
import { mayBeOpen } from '../../src/editor/trigger'

const schema = getSchema(content)
const stateOf = (words: string) =>
  EditorState.create({
    doc: schema.nodes.doc!.create(null, schema.nodes.paragraph!.create(null, schema.text(words))),
  })
const closed = { open: null, length: 1 }

test('it opens for a sign that was typed, at once', () => {
  const state = stateOf('either ')
  expect(mayBeOpen(state.tr.insertText('/', 8), { ...closed, from: 8, query: '' })).toBe(true)
  expect(mayBeOpen(state.tr.insertText('[', 8), { open: null, length: 2, from: 7, query: '' })).toBe(true)
})

test('it does not open for what stands there already, is pasted, or comes from somebody else', () => {
  const state = stateOf('a /b and')
  expect(mayBeOpen(state.tr, { ...closed, from: 3, query: '' })).toBe(false)
  expect(mayBeOpen(state.tr.insertText('c', 5), { ...closed, from: 3, query: 'bc' })).toBe(false)
  expect(mayBeOpen(state.tr.insertText('/code', 8), { ...closed, from: 8, query: 'code' })).toBe(false)
  const remote = state.tr.insertText('/', 8).setMeta(ySyncPluginKey, { isChangeOrigin: true })
  expect(mayBeOpen(remote, { ...closed, from: 8, query: '' })).toBe(false)
  // Typed in front of it.
  expect(mayBeOpen(state.tr.insertText('x', 1), { ...closed, from: 4, query: '' })).toBe(false)
})

test('it stays while one types behind the sign, and closes when the caret goes elsewhere', () => {
  const state = stateOf('a /b and /c')
  const open = { from: 3 }
  expect(mayBeOpen(state.tr.insertText('c', 5), { open, length: 1, from: 3, query: 'bc' })).toBe(true)
  expect(mayBeOpen(state.tr, { open, length: 1, from: 10, query: 'c' })).toBe(false)
})
