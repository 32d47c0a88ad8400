// What is selected while others write. A picture that was selected went: the block behind it was selected in
// its place, and the next letter replaced that block; the card of a picture was the card of the next one.
import { Editor } from '@tiptap/core'
import Collaboration from '@tiptap/extension-collaboration'
import { NodeSelection } from '@tiptap/pm/state'
import { afterEach, expect, it } from 'vitest'
import * as Y from 'yjs'
import { KeepCaret } from '../../src/editor/keepcaret'
import { content } from '../../src/editor/schema'

const editors: Editor[] = []
afterEach(() => {
  for (const editor of editors.splice(0)) editor.destroy()
})

/** Two pages of one document, each of which hears of the other at once. */
function pair(html: string): [Editor, Editor] {
  const docs = [new Y.Doc(), new Y.Doc()] as const
  for (const [one, other] of [docs, [docs[1], docs[0]] as const])
    one.on('update', (update: Uint8Array, origin: unknown) => {
      if (origin !== 'other') Y.applyUpdate(other, update, 'other')
    })
  const [ada, grace] = docs.map(
    (doc) =>
      new Editor({
        element: document.createElement('div'),
        injectCSS: false,
        extensions: [
          ...content,
          Collaboration.configure({ fragment: doc.getXmlFragment('content') }),
          KeepCaret,
        ],
      }),
  ) as [Editor, Editor]
  editors.push(ada, grace)
  ada.commands.setContent(html)
  return [ada, grace]
}

const PICTURES = '<p>one</p><img src="/files/a.png"><img src="/files/b.png"><p>two</p>'

it.each([
  ['another picture', 5],
  ['a paragraph', 6],
])('a selected picture that goes leaves a caret, not %s', (_what, at) => {
  const [ada, grace] = pair(PICTURES)
  grace.commands.setNodeSelection(at)
  expect(grace.state.selection).toBeInstanceOf(NodeSelection)
  ada.commands.deleteRange({ from: at, to: at + 1 })
  expect(grace.state.doc.childCount).toBe(3)
  expect(grace.state.selection).not.toBeInstanceOf(NodeSelection)
})

it('a selected picture stays selected when others write, and when they describe it', () => {
  const [ada, grace] = pair(PICTURES)
  grace.commands.setNodeSelection(5)
  ada.commands.insertContentAt(1, 'more ')
  ada.commands.command(({ tr }) => {
    tr.setNodeAttribute(10, 'alt', 'A boat')
    return true
  })
  const { selection } = grace.state
  expect(selection instanceof NodeSelection && selection.node.attrs).toMatchObject({
    src: '/files/a.png',
    alt: 'A boat',
  })
})
