// The bug: "To-do list" in a nested list of bullets took all its items out to the top, each in a list of its
// own, and in a list at the top it split the list; "Numbered list" left all where it stood.
import { Editor } from '@tiptap/core'
import Collaboration from '@tiptap/extension-collaboration'
import type { Node } from '@tiptap/pm/model'
import type { Transaction } from '@tiptap/pm/state'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import * as Y from 'yjs'
import { proposeAll } from '../../src/editor/deed'
import { KeepCaret } from '../../src/editor/keepcaret'
import { content } from '../../src/editor/schema'
import { UndoSteps } from '../../src/editor/undosteps'

const SIGNS: Record<string, string> = { bulletList: '-', orderedList: '1.', taskList: '[ ]' }
const KINDS = ['Bullet', 'Ordered', 'Task'] as const
type Kind = (typeof KINDS)[number]
const signOf = (kind: Kind): string => SIGNS[`${kind.toLowerCase()}List`] ?? ''

/** A line each, as deep as it is: `+` where its list begins, the sign of that, and what is selected. */
function show({ state: { doc, selection } }: Editor): string[] {
  const lines: string[] = []
  const lineOf = (node: Node, at: number): string => {
    const text = node.textContent
    const [from, to] = [selection.from - at - 1, selection.to - at - 1]
    if (from > text.length || to < 0) return text
    const selected = text.slice(Math.max(0, from), to)
    return `${text.slice(0, Math.max(0, from))}${from === to ? '|' : `«${selected}»`}${text.slice(to)}`
  }
  const visit = (node: Node, at: number, before: string) => {
    node.forEach((child, offset, index) => {
      const inside = at + 1 + offset
      const blank = before.replace(/./g, ' ')
      const sign = child.attrs.checked ? '[x]' : SIGNS[node.type.name]
      if (child.isTextblock) lines.push(`${index === 0 ? before : blank}${lineOf(child, inside)}`)
      else if (sign === undefined) visit(child, inside, blank)
      else visit(child, inside, `${blank}${index === 0 ? '+' : ' '}${sign} `)
    })
  }
  visit(doc, -1, '')
  return lines
}

const open: Editor[] = []
const warned = vi.spyOn(console, 'warn')
beforeEach(() => {
  warned.mockClear()
})
afterEach(() => {
  for (const editor of open.splice(0)) editor.destroy()
  expect(warned).not.toHaveBeenCalled()
})

/** A document, with the caret in front of these words, or what is between two selected. */
function edit(html: string, from: string, to?: string): Editor {
  const editor = new Editor({
    element: document.createElement('div'),
    injectCSS: false,
    extensions: [
      ...content,
      Collaboration.configure({ fragment: new Y.Doc().getXmlFragment('content') }),
      KeepCaret,
      UndoSteps,
    ],
  })
  open.push(editor)
  editor.commands.setContent(html)
  select(editor, from, to)
  return editor
}

function select(editor: Editor, from: string, to = from): void {
  const place = (words: string): number => {
    let found = -1
    editor.state.doc.descendants((node, at) => {
      const index = node.text?.indexOf(words) ?? -1
      if (found < 0 && index >= 0) found = at + index
    })
    return found
  }
  editor.commands.setTextSelection({ from: place(from), to: place(to) })
}

const press = (editor: Editor, kind: Kind): boolean => editor.commands[`toggle${kind}List`]()

/** Types behind what is there, as a keyboard does. */
function type(editor: Editor, letters: string): void {
  for (const letter of letters) {
    const { from, to } = editor.state.selection
    const make = () => editor.state.tr.insertText(letter, from, to)
    const taken = editor.view.someProp('handleTextInput', (f) => f(editor.view, from, to, letter, make))
    if (!taken) editor.view.dispatch(make())
  }
}

const item = (...inside: string[]) =>
  `<li>${inside.map((one) => (one.startsWith('<') ? one : `<p>${one}</p>`)).join('')}</li>`
const NESTED = `<ul>${item('one')}${item('two', `<ul>${item('two a')}${item('two <strong>b</strong>')}${item('two c')}</ul>`)}${item('three')}</ul>`

it('the nested list that the caret is in becomes one of any kind, where it stands, and back', () => {
  for (const first of KINDS)
    for (const second of KINDS) {
      const editor = edit(NESTED, 'b')
      const before = show(editor)
      if (first !== 'Bullet') press(editor, first)
      if (second !== first) press(editor, second)
      const sign = signOf(second)
      expect(show(editor), `${first}, ${second}`).toEqual([
        '+- one',
        ' - two',
        `   +${sign} two a`,
        `    ${sign} two |b`,
        `    ${sign} two c`,
        ' - three',
      ])
      editor.state.doc.check()
      expect(editor.getHTML()).toContain('<strong>b</strong>')
      if (second !== 'Bullet') press(editor, 'Bullet')
      expect(show(editor)).toEqual(before)
    }
})

it('a list at the top stays one, and what is nested in it stays as it is', () => {
  const editor = edit(NESTED, 'two')
  press(editor, 'Task')
  expect(show(editor)).toEqual([
    '+[ ] one',
    ' [ ] |two',
    '     +- two a',
    '      - two b',
    '      - two c',
    ' [ ] three',
  ])
})

it('all lists with a line in the selection are turned, and lines beside them stay lines', () => {
  const html = `<ul>${item('a')}${item('b')}</ul><p>between</p><ol>${item('c', `<ul>${item('d')}</ul>`)}</ol><ul>${item('e')}</ul>`
  const editor = edit(html, 'b', 'd')
  press(editor, 'Task')
  expect(show(editor)).toEqual(['+[ ] a', ' [ ] «b»', '«between»', '+[ ] «c»', '     +[ ] «»d', '+- e'])
})

it('everything may be selected', () => {
  const editor = edit(NESTED, 'one')
  editor.commands.selectAll()
  press(editor, 'Task')
  expect(editor.state.selection.toJSON()).toEqual({ type: 'all' })
  select(editor, 'one')
  expect(show(editor)).toEqual([
    '+[ ] |one',
    ' [ ] two',
    '     +[ ] two a',
    '      [ ] two b',
    '      [ ] two c',
    ' [ ] three',
  ])
  editor.commands.selectAll()
  press(editor, 'Task')
  expect(show(editor).map((line) => line.replace(/[«»|]/g, ''))[0]).toBe('one')
})

it('it is joined with a list of its new kind beside it, unless that has other numbers', () => {
  const roman = `<ol type="i">${item('i')}</ol>`
  const editor = edit(`<ol>${item('a')}</ol><ul>${item('b')}</ul><ol>${item('c')}</ol>${roman}`, 'b')
  press(editor, 'Ordered')
  expect(show(editor)).toEqual(['+1. a', ' 1. |b', ' 1. c', '+1. i'])
})

it('pressed once more, it takes the item out, and lines become a list as before', () => {
  const editor = edit(`<ul>${item('a')}${item('b')}</ul><p>c</p><p>d</p>`, 'b')
  press(editor, 'Task')
  press(editor, 'Task')
  expect(show(editor)).toEqual(['+[ ] a', '|b', 'c', 'd'])
  press(editor, 'Task')
  expect(show(editor)).toEqual(['+[ ] a', ' [ ] |b', 'c', 'd'])
  select(editor, 'c', 'd')
  press(editor, 'Ordered')
  expect(show(editor)).toEqual(['+[ ] a', ' [ ] b', '+1. «c»', ' 1. «»d'])
})

it('a quote in an item is not the line of an item', () => {
  const editor = edit(`<ul>${item('a', '<blockquote><p>said</p></blockquote>')}</ul>`, 'said')
  press(editor, 'Task')
  expect(show(editor)).toEqual(['+- a', '   +[ ] |said'])
  expect(editor.getHTML()).toContain('<blockquote><ul data-type="taskList">')
})

it('"[ ] " in front of an item turns its list, and Backspace gives the signs back', () => {
  const editor = edit(NESTED, 'two c')
  type(editor, '[x] ')
  const turned = ['+- one', ' - two', '   +[ ] two a', '    [ ] two b', '    [x] |two c', ' - three']
  expect(show(editor)).toEqual(turned)
  editor.commands.undoInputRule()
  expect(show(editor).slice(2, 5)).toEqual(['   +- two a', '    - two b', '    - [x] |two c'])
  // In a task they are signs.
  press(editor, 'Task')
  type(editor, '[ ] ')
  expect(show(editor)[4]).toBe('    [ ] [x] [ ] |two c')
})

it('one undo takes it back', () => {
  const editor = edit(NESTED, 'b')
  const before = show(editor)
  type(editor, 'x')
  press(editor, 'Task')
  type(editor, 'y')
  editor.commands.undo()
  editor.commands.undo()
  expect(show(editor)[3]).toBe('    - two x|b')
  editor.commands.undo()
  expect(show(editor)).toEqual(before)
})

it('what one would only suggest is refused', () => {
  const editor = edit(NESTED, 'b')
  for (const kind of KINDS) {
    const seen: Transaction[] = []
    editor.on('transaction', ({ transaction }) => {
      if (transaction.docChanged) seen.push(transaction)
    })
    press(editor, kind)
    expect(seen).toHaveLength(1)
    const stamp = { id: 'a', by: 'Ada', at: '2026-11-27T22:00:00.000Z', color: '#1a6fc4' }
    for (const transaction of seen) expect(proposeAll(transaction, stamp), kind).toBeNull()
    editor.off('transaction')
  }
})
