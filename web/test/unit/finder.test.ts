// Replacing while one suggests: the words that are to go stay, and what is to come stands behind them.
import { Editor } from '@tiptap/core'
import Collaboration from '@tiptap/extension-collaboration'
import { beforeAll, expect, it } from 'vitest'
import * as Y from 'yjs'
import { content } from '../../src/editor/schema'
import { Spotlight } from '../../src/editor/spotlight'
import { fetchWay, SuggestingWay } from '../../src/editor/suggesting'
import { Finder } from '../../src/ui/find/finder'

beforeAll(fetchWay)

function page(): Editor {
  let isOn = false
  const editor = new Editor({
    element: document.createElement('div'),
    injectCSS: false,
    extensions: [
      ...content,
      Spotlight,
      Collaboration.configure({ fragment: new Y.Doc().getXmlFragment('content') }),
      SuggestingWay.configure({
        suggesting: {
          isOn: () => isOn,
          author: () => ({ name: 'Ada', color: '#336699' }) as never,
          refuse: () => {},
        },
      }),
    ],
  })
  editor.commands.setContent('<p>foo, foo, foo</p>')
  editor.commands.setTextSelection(1)
  isOn = true
  return editor
}

// The next match was looked for where the insertion begins: the proposed 'foobar' has a 'foo' in it, which was
// replaced in its turn by the next press.
it('a proposal that has the words in it is not replaced by the next press', () => {
  const editor = page()
  const finder = new Finder(editor)
  finder.ask({ text: 'foo', caseMatters: false, wholeWords: false, expression: false })
  for (let presses = 0; presses < 3; presses += 1) finder.replace('foobar')
  expect(editor.getText()).toBe('foofoobar, foofoobar, foofoobar')
  editor.destroy()
})

// Of one's own proposed words the old ones really go. The next match was looked for as if they had stayed, and
// one was passed over.
it('goes on with the next match where what is replaced was only proposed by oneself', () => {
  const editor = page()
  editor.commands.setTextSelection(14)
  editor.commands.insertContent(' ab ab ab')
  const finder = new Finder(editor)
  finder.ask({ text: 'ab', caseMatters: false, wholeWords: false, expression: false })
  finder.go(1)
  finder.go(-1)
  finder.replace('x')
  expect(editor.getText()).toBe('foo, foo, foo x ab ab')
  finder.replace('y')
  expect(editor.getText()).toBe('foo, foo, foo x y ab')
  editor.destroy()
})
