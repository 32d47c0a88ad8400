// "Put them back" while one suggests: a line of its own behind a line across cannot be proposed, so nothing was put
// back; but it was said that they are, the notice was closed, and its "undo" took back something else.
import { Editor } from '@tiptap/core'
import Collaboration from '@tiptap/extension-collaboration'
import { afterEach, beforeAll, expect, it } from 'vitest'
import * as Y from 'yjs'
import { restore } from '../../src/editor/putback'
import { content } from '../../src/editor/schema'
import { fetchWay, SuggestingWay } from '../../src/editor/suggesting'

beforeAll(fetchWay)

let editor: Editor | null = null
let refused = 0
afterEach(() => {
  editor?.destroy()
  refused = 0
})

function page(suggests: boolean, html = '<p>written before</p>'): Editor {
  const fragment = new Y.Doc().getXmlFragment('content')
  let isOn = false
  editor = new Editor({
    element: document.createElement('div'),
    injectCSS: false,
    extensions: [
      ...content,
      Collaboration.configure({ fragment }),
      SuggestingWay.configure({
        suggesting: {
          isOn: () => isOn,
          author: () => ({ name: 'Ada', color: '#336699' }) as never,
          refuse: () => {
            refused += 1
          },
        },
      }),
    ],
  })
  editor.commands.setContent(html)
  isOn = suggests
  return editor
}

const ASTRAY = { words: 'lost words', before: '', after: '', previous: 'a line that is gone' }
const INSIDE = { words: ' long', before: 'written', after: ' before', previous: '' }

it('what cannot be proposed is not put back, and that is told', () => {
  const here = page(true, '<p>written before</p><hr>')
  const before = here.getHTML()
  expect(restore(here, [INSIDE, ASTRAY])).toBeNull()
  expect(refused).toBe(1)
  expect(here.getHTML()).toBe(before)
})

it('words in a line are proposed there, and taken back alone', () => {
  const here = page(true)
  const done = restore(here, [INSIDE])
  expect(here.getText()).toBe('written long before')
  expect(here.getHTML()).toContain('<ins')
  expect(done?.strays).toBe(0)
  expect(done?.takeBack()).toBe(true)
  expect(here.getText()).toBe('written before')
})

it('words whose place is gone are at the end, where one writes', () => {
  const here = page(false)
  const done = restore(here, [ASTRAY])
  expect(here.getText({ blockSeparator: '|' })).toBe('written before|lost words')
  expect(done?.strays).toBe(1)
  expect(done?.takeBack()).toBe(true)
  expect(here.getText()).toBe('written before')
})
