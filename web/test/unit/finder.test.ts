// Replacing while one suggests: the words that are to go stay, and what is to come stands behind them. And
// expressions, which are tried elsewhere while the text goes on.
import { type AnyExtension, Editor } from '@tiptap/core'
import Collaboration from '@tiptap/extension-collaboration'
import { beforeAll, describe, expect, it, vi } from 'vitest'
import * as Y from 'yjs'
import { content } from '../../src/editor/schema'
import { Spotlight } from '../../src/editor/spotlight'
import { fetchWay, SuggestingWay } from '../../src/editor/suggesting'
import { Finder } from '../../src/ui/find/finder'
import { type Trial, tryOut } from '../../src/ui/find/trial'
import { type Hand, Trials } from '../../src/ui/find/trials'

beforeAll(fetchWay)

/** An editor with this text and the caret before it. */
function pageOf(text: string, ...more: AnyExtension[]): Editor {
  const fragment = new Y.Doc().getXmlFragment('content')
  const editor = new Editor({
    element: document.createElement('div'),
    injectCSS: false,
    extensions: [...content, Spotlight, Collaboration.configure({ fragment }), ...more],
  })
  editor.commands.setContent(text)
  editor.commands.setTextSelection(1)
  return editor
}

/** One in which one suggests from now on. */
function page(): Editor {
  let isOn = false
  const suggesting = {
    isOn: () => isOn,
    author: () => ({ name: 'Ada', color: '#336699' }) as never,
    refuse: () => {},
  }
  const editor = pageOf('<p>foo, foo, foo</p>', SuggestingWay.configure({ suggesting }))
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

describe('an expression', () => {
  const expression = (text: string) => ({ text, caseMatters: false, wholeWords: false, expression: true })

  /** A worker that answers when it is told to. */
  class Slow implements Hand {
    onmessage: Hand['onmessage'] = null
    onerror: Hand['onerror'] = null
    asked: Trial[] = []
    isEnded = false
    postMessage(trial: unknown): void {
      this.asked.push(trial as Trial)
    }
    terminate(): void {
      this.isEnded = true
    }
    says(data: unknown): void {
      this.onmessage?.call(this as never, { data } as MessageEvent)
    }
    answers(): void {
      const trial = this.asked.shift()
      if (trial === undefined) throw new Error('Nothing was asked.')
      this.says(tryOut(trial))
    }
  }

  function plainPage(text: string) {
    const editor = pageOf(text)
    const hands: Slow[] = []
    const hire = () => {
      const hand = new Slow()
      hands.push(hand)
      return hand
    }
    const finder = new Finder(editor, new Trials(hire))
    editor.on('update', () => finder.changed())
    const hand = () => {
      const last = hands.at(-1)
      if (last === undefined) throw new Error('No worker was hired.')
      return last
    }
    return { editor, finder, hand, hands }
  }

  it('is counted when it was tried, and in blocks that changed anew', () => {
    const { editor, finder, hand } = plainPage('<p>a1 b22</p><p>c</p>')
    finder.ask(expression('[0-9]+'))
    expect(finder.count.value).toBeNull()
    expect(finder.trying.value).toBe(true)
    hand().says('here')
    hand().answers()
    expect(finder.count.value).toBe(2)
    editor.commands.insertContentAt(editor.state.doc.content.size - 1, '3')
    expect(hand().asked.map(({ texts }) => texts)).toEqual([['c3']])
    hand().answers()
    expect(finder.count.value).toBe(3)
    editor.destroy()
  })

  // What was found in a text must not be replaced in a newer one, where other words stand at these places.
  it('is never replaced in a text that it was not tried in', () => {
    const { editor, finder, hand } = plainPage('<p>a1 b22</p><p>33</p>')
    finder.ask(expression('([0-9]+)'))
    hand().says('here')
    hand().answers()
    let replaced = 0
    finder.replaceAll('<$1>', (count) => {
      replaced = count
    })
    expect(editor.getText({ blockSeparator: '|' })).toBe('a1 b22|33')
    editor.commands.insertContentAt(1, '0 and ')
    editor.commands.insertContentAt(editor.state.doc.content.size - 1, '4')
    hand().answers()
    expect(editor.getText({ blockSeparator: '|' })).toBe('0 and a1 b22|334')
    hand().answers()
    expect(editor.getText({ blockSeparator: '|' })).toBe('<0> and a<1> b<22>|<334>')
    expect(replaced).toBe(4)
    editor.destroy()
  })

  // Who pressed "Replace all" and then Escape, while the expression was tried still, had nothing replaced.
  it('is replaced although the bar was closed meanwhile', () => {
    const { editor, finder, hand } = plainPage('<p>a1 b22</p>')
    finder.ask(expression('[0-9]+'))
    hand().says('here')
    hand().answers()
    let replaced = 0
    finder.replaceAll('x', (count) => {
      replaced = count
    })
    finder.close()
    hand().answers()
    expect(editor.getText()).toBe('ax bx')
    expect(replaced).toBe(2)
    hand().answers()
    expect(hand().isEnded).toBe(true)
    editor.commands.insertContent('3')
    expect(hand().asked).toEqual([])
    editor.destroy()
  })

  it('is replaced one after the other, as fast as one presses', () => {
    const { editor, finder, hand } = plainPage('<p>a1 b22 c3</p>')
    finder.ask(expression('[0-9]'))
    finder.replace('x')
    finder.replace('y')
    hand().says('here')
    for (let answers = 0; hand().asked.length > 0 && answers < 20; answers += 1) hand().answers()
    expect(editor.getText()).toBe('ax by2 c3')
    expect(finder.count.value).toBe(2)
    editor.destroy()
  })

  it('that takes too long is ended, and nothing is found', () => {
    vi.useFakeTimers()
    try {
      const { editor, finder, hand, hands } = plainPage('<p>aaaa</p>')
      finder.ask(expression('(a+)+$'))
      vi.advanceTimersByTime(60_000)
      // The worker itself may be long in coming.
      expect(finder.trouble.value).toBeNull()
      hand().says('here')
      finder.replaceAll('x', () => expect.unreachable())
      vi.advanceTimersByTime(60_000)
      expect(finder.trouble.value).toBe('slow')
      expect(finder.trying.value).toBe(false)
      expect(hand().isEnded).toBe(true)
      hand().answers()
      expect(finder.count.value).toBeNull()
      expect(editor.getText()).toBe('aaaa')
      finder.ask(expression('a+'))
      expect(finder.trouble.value).toBeNull()
      expect(hands).toHaveLength(2)
      hand().says('here')
      hand().answers()
      expect(finder.count.value).toBe(1)
      editor.destroy()
    } finally {
      vi.useRealTimers()
    }
  })

  it('gives way to the next one, and its late answer is not believed', () => {
    const { editor, finder, hand, hands } = plainPage('<p>abc</p>')
    finder.ask(expression('[a-c]'))
    hand().says('here')
    const first = hand()
    finder.ask(expression('b'))
    expect(first.isEnded).toBe(true)
    first.answers()
    expect(finder.count.value).toBeNull()
    expect(hands).toHaveLength(2)
    hand().says('here')
    hand().answers()
    expect(finder.count.value).toBe(1)
    editor.destroy()
  })
})
