// Which words a merge takes away, and where they belong: two people, without a connection between them.
import { Editor } from '@tiptap/core'
import Collaboration from '@tiptap/extension-collaboration'
import { afterEach, describe, expect, it } from 'vitest'
import * as Y from 'yjs'
import { placeFor, putBack } from '../../src/editor/putback'
import { content } from '../../src/editor/schema'
import { isAhead, type Passage, rehearse } from '../../src/sync/lost'

const open = new Set<Editor>()
// One that is left open looks for its page a moment after there is none.
afterEach(() => {
  for (const editor of open) editor.destroy()
  open.clear()
})

class Desk {
  readonly doc = new Y.Doc()
  readonly editor: Editor

  constructor() {
    this.editor = new Editor({
      element: document.createElement('div'),
      injectCSS: false,
      extensions: [...content, Collaboration.configure({ fragment: this.doc.getXmlFragment('content') })],
    })
    open.add(this.editor)
  }

  hears(other: Desk): void {
    Y.applyUpdate(this.doc, Y.encodeStateAsUpdate(other.doc))
  }

  get vector(): Map<number, number> {
    return Y.decodeStateVector(Y.encodeStateVector(this.doc))
  }

  get lines(): string[] {
    const lines: string[] = []
    this.editor.state.doc.descendants((node) => {
      if (node.isTextblock) lines.push(`${node.type.name}: ${node.textContent}`)
    })
    return lines
  }

  /** Puts words behind others. */
  writes(words: string, behind: string): void {
    let at = -1
    this.editor.state.doc.descendants((node, position) => {
      if (node.isText && node.text?.includes(behind))
        at = position + node.text.indexOf(behind) + behind.length
    })
    expect(at, behind).toBeGreaterThan(-1)
    this.editor.commands.insertContentAt(at, words)
  }

  selects(words: string): this {
    this.editor.state.doc.descendants((node, position) => {
      if (node.isText && node.text?.includes(words))
        this.editor.commands.setTextSelection(position + node.text.indexOf(words))
    })
    return this
  }
}

/** Ada and Grace have the same lines; then they are apart. */
function apart(...lines: string[]): { ada: Desk; grace: Desk; known: Map<number, number> } {
  const [ada, grace] = [new Desk(), new Desk()]
  ada.editor.commands.setContent(lines.map((line) => `<p>${line}</p>`).join(''))
  grace.hears(ada)
  return { ada, grace, known: ada.vector }
}

const mergeOf = (grace: Desk, ada: Desk, known: Map<number, number>) =>
  rehearse(Y.encodeStateAsUpdate(grace.doc), known, [
    Y.encodeStateAsUpdate(ada.doc, Y.encodeStateVector(grace.doc)),
  ])

describe('what a merge takes away', () => {
  it('is nothing when nobody else did anything', () => {
    const { ada, grace, known } = apart('shared line')
    grace.writes(' of Grace', 'line')
    expect(isAhead(grace.doc, known)).toBe(true)
    expect(isAhead(ada.doc, known)).toBe(false)
    expect(mergeOf(grace, ada, known)).toEqual({ news: false, lost: [] })
  })

  it('is nothing when others wrote elsewhere, or in the same line', () => {
    const { ada, grace, known } = apart('shared line', 'next')
    grace.writes(' of Grace', 'line')
    ada.writes('the ', '')
    ada.writes(' and more', 'next')
    expect(mergeOf(grace, ada, known)).toEqual({ news: true, lost: [] })
  })

  it('is what was written into a line that became a heading', () => {
    const { ada, grace, known } = apart('above', 'shared line', 'next')
    grace.writes(' of Grace', 'line')
    grace.writes('My ', '')
    ada.selects('shared').editor.commands.toggleHeading({ level: 1 })
    const { lost } = mergeOf(grace, ada, known)
    expect(lost).toEqual([{ words: ' of Grace', before: 'shared line', after: '', previous: 'above' }])
    grace.hears(ada)
    expect(grace.lines).toEqual(['paragraph: above', 'heading: shared line', 'paragraph: My next'])
  })

  it('is what was written into a line that was deleted, also where only deletions came', () => {
    const { ada, grace, known } = apart('above', 'shared line')
    grace.writes(' of Grace', 'line')
    ada.doc.getXmlFragment('content').delete(1, 1)
    expect([...ada.vector]).toEqual([...known])
    expect(mergeOf(grace, ada, known)).toEqual({
      news: true,
      lost: [{ words: ' of Grace', before: 'shared line', after: '', previous: 'above' }],
    })
  })

  it('is not what its writer deleted, nor what is only empty', () => {
    const { ada, grace, known } = apart('shared line')
    grace.writes(' of Grace', 'line')
    const { state } = grace.editor
    grace.editor.commands.deleteRange({ from: state.doc.content.size - 10, to: state.doc.content.size - 1 })
    grace.writes('  ', 'line')
    ada.selects('shared').editor.commands.toggleBulletList()
    expect(mergeOf(grace, ada, known)).toEqual({ news: true, lost: [] })
  })

  it('is told passage by passage, in the order of the text', () => {
    const { ada, grace, known } = apart('one two three', 'four')
    grace.writes(' and 2½', 'two')
    grace.writes('zero ', '')
    grace.writes('½', 'four')
    for (const words of ['one', 'four']) ada.selects(words).editor.commands.toggleHeading({ level: 2 })
    const { lost } = mergeOf(grace, ada, known)
    expect(lost.map(({ words, before, after }) => [before, words, after])).toEqual([
      ['one two ', 'and 2½ ', 'three'],
      ['', 'zero ', 'four½'],
      ['zero four', '½', ''],
    ])
  })
})

describe('where lost words belong', () => {
  const restored = (desk: Desk, passages: Passage[]) => {
    desk.editor.commands.command(({ tr }) => {
      putBack(tr, passages)
      return true
    })
    return desk.lines
  }

  it('is the line that replaced theirs', () => {
    const { ada, grace, known } = apart('above', 'shared line', 'next')
    grace.writes(' of Grace', 'shared')
    ada.selects('shared').editor.commands.toggleHeading({ level: 1 })
    ada.writes(' (changed)', 'line')
    const { lost } = mergeOf(grace, ada, known)
    grace.hears(ada)
    expect(restored(grace, lost)).toEqual([
      'paragraph: above',
      'heading: shared of Grace line (changed)',
      'paragraph: next',
    ])
    // One step back takes exactly them away.
    grace.editor.commands.undo()
    expect(grace.lines[1]).toBe('heading: shared line (changed)')
  })

  it('is behind the line above, when their own is gone', () => {
    const desk = new Desk()
    desk.editor.commands.setContent('<ul><li><p>above</p></li><li><p>other</p></li></ul><p>end</p>')
    const passage = { words: 'lost words', before: '', after: '', previous: 'above' }
    expect(restored(desk, [passage])).toEqual([
      'paragraph: above',
      'paragraph: lost words',
      'paragraph: other',
      'paragraph: end',
    ])
  })

  it('is the end, when nothing of where they were is there', () => {
    const desk = new Desk()
    desk.editor.commands.setContent('<p>something else</p>')
    const passage = { words: 'lost\nwords', before: 'qqqqqq', after: '', previous: 'zz' }
    expect(placeFor(desk.editor.state.doc, passage)).toEqual({
      at: desk.editor.state.doc.content.size,
      inline: false,
      astray: true,
    })
    expect(restored(desk, [passage])).toEqual(['paragraph: something else', 'paragraph: lost words'])
  })

  // Four letters that happened to agree were taken for the place: words were put into the middle of
  // somebody else's sentence.
  it.each([
    ['a few letters that agree', 'The plan was', ' to go', '<p>Tea or the </p><p>The planet</p>'],
    ['the end of another sentence', 'we said so and', '', '<p>sand and stone</p>'],
    ['one letter', 'a', '', '<p>banana</p>'],
    [
      'two lines that are the same',
      'a line that is here',
      ' twice',
      '<p>a line that is here twice</p>'.repeat(2),
    ],
  ])('is not where only this is: %s', (_what, before, after, html) => {
    const desk = new Desk()
    desk.editor.commands.setContent(html)
    const lines = [...desk.lines]
    const passage = { words: 'lost', before, after, previous: 'gone, too' }
    expect(restored(desk, [passage])).toEqual([...lines, 'paragraph: lost'])
  })

  it('is, of several lines that look so, the one below what stood above', () => {
    const desk = new Desk()
    desk.editor.commands.setContent('<p>Ada</p><p>to do:</p><p>Grace</p><p>to do:</p><p>Alan</p>')
    const passage = { words: ' wash', before: 'to do:', after: '', previous: 'Grace' }
    expect(restored(desk, [passage]).slice(2, 4)).toEqual(['paragraph: Grace', 'paragraph: to do: wash'])
  })

  it('is said to be gone, of those whose place is gone', () => {
    const desk = new Desk()
    desk.editor.commands.setContent('<p>a line that stands here</p>')
    let strays = 0
    desk.editor.commands.command(({ tr }) => {
      strays = putBack(tr, [
        { words: ' still', before: 'a line that', after: ' stands here', previous: '' },
        { words: 'nowhere', before: 'of another', after: '', previous: 'nothing' },
      ])
      return true
    })
    expect(strays).toBe(1)
    expect(desk.lines).toEqual(['paragraph: a line that still stands here', 'paragraph: nowhere'])
  })
})
