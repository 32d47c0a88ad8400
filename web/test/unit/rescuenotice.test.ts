// The notice that tells of lost words, while one looks at the past.
import { signal } from '@preact/signals'
import { Editor } from '@tiptap/core'
import Collaboration from '@tiptap/extension-collaboration'
import { h, render } from 'preact'
import { act } from 'preact/test-utils'
import { afterEach, expect, it, vi } from 'vitest'
import * as Y from 'yjs'
import { content } from '../../src/editor/schema'
import type { Loss } from '../../src/sync/rescue'
import { type Desk, DeskContext } from '../../src/ui/document/desk'
import { RescueNotice } from '../../src/ui/document/rescuenotice'

vi.mock('../../src/ui/history/entry', () => ({ leavePast: () => {} }))

afterEach(() => {
  render(null, document.body)
  vi.unstubAllGlobals()
})

// The past is left before the words are put back, which takes a moment: whoever pressed again had them twice.
it('puts words back once, however often it is pressed', async () => {
  const editor = new Editor({
    element: document.createElement('div'),
    injectCSS: false,
    extensions: [...content, Collaboration.configure({ fragment: new Y.Doc().getXmlFragment('content') })],
  })
  editor.commands.setContent('<p>written before</p>')
  const loss = signal<Loss | null>({
    passages: [{ words: 'lost words', before: '', after: '', previous: 'a line that is gone' }],
    branch: null,
  })
  const session = { loss, ending: signal(null), denied: signal(false) }
  const desk = { session, editor: signal(editor), gate: signal(null), past: signal({}) } as unknown as Desk
  await act(() => render(h(DeskContext.Provider, { value: desk }, h(RescueNotice, {})), document.body))
  const button = document.querySelector<HTMLButtonElement>('.button.primary')
  const frames: (() => void)[] = []
  vi.stubGlobal('requestAnimationFrame', (call: () => void) => frames.push(call))
  for (const presses of [1, 2]) {
    button?.click()
    await vi.waitFor(() => expect(frames.length).toBe(presses))
  }
  await act(() => {
    for (const call of frames) call()
  })
  await vi.waitFor(() => expect(loss.value).toBe(null))
  expect(editor.getText({ blockSeparator: '|' })).toBe('written before|lost words')
  editor.destroy()
})
