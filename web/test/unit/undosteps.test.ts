import { Editor } from '@tiptap/core'
import Collaboration from '@tiptap/extension-collaboration'
import { yUndoPluginKey } from '@tiptap/y-tiptap'
import { afterEach, expect, test } from 'vitest'
import * as Y from 'yjs'
import { lastStep } from '../../src/editor/laststep'
import { content } from '../../src/editor/schema'
import { continueRun, type Edit, type Run, UndoSteps } from '../../src/editor/undosteps'

/** Types at a place; returns what each step of undo would take back. */
function typed(...edits: Edit[]): string[] {
  const steps: string[] = []
  let run: Run | null = null
  for (const edit of edits) {
    if (edit === moves) {
      if (run !== null) run = Object.assign({}, run, { left: true })
      continue
    }
    const next: { begins: boolean; run: Run } = continueRun(run, edit)
    if (next.begins || steps.length === 0) steps.push('')
    steps[steps.length - 1] += edit.kind === 'other' ? '¶' : edit.text
    run = next.run
  }
  return steps
}

const letters = (text: string): Edit[] => [...text].map((letter) => ({ kind: 'insert', text: letter }))

const other: Edit = { kind: 'other', text: '' }
/** The caret is put elsewhere. */
const moves: Edit = { kind: 'other', text: 'moves' }

test('a few words are one step', () => {
  expect(typed(...letters('a few words here'))).toEqual(['a few words here'])
})

test('fluent typing is taken back by some words at a time, never by half a word', () => {
  const text = 'the quick brown fox jumps over the lazy dog and runs away from all of it'
  const steps = typed(...letters(text))
  expect(steps.join('')).toBe(text)
  expect(steps.length).toBeGreaterThan(2)
  for (const step of steps.slice(0, -1)) expect(step).toMatch(/\s$/)
})

test('Enter, a paste or a format is a step of its own', () => {
  expect(typed(...letters('one'), other, ...letters('two'))).toEqual(['one', '¶', 'two'])
})

// Whoever typed over a selection had to undo twice: the first undo left the first letter, and the selected words away.
test('a word typed over a selection is one step with what it replaced', () => {
  const over: Edit = { kind: 'replace', text: 't' }
  expect(typed(...letters('one'), over, ...letters('wo'))).toEqual(['one', 'two'])
  const { editor } = page()
  editor.commands.insertContent('<p>first words</p><p>and more</p>')
  yUndoPluginKey.getState(editor.state)?.undoManager.stopCapturing()
  const before = editor.getText()
  // From "first| words" to "and| more".
  editor.commands.setTextSelection({ from: 6, to: 17 })
  for (const letter of 'ly') {
    const { from, to } = editor.state.selection
    editor.view.dispatch(editor.state.tr.insertText(letter, from, to))
  }
  expect(editor.getText()).toBe('firstly more')
  editor.commands.undo()
  expect(editor.getText()).toBe(before)
})

test('typing elsewhere begins a new step', () => {
  expect(typed(...letters('one'), moves, ...letters('two'))).toEqual(['one', 'two'])
})

test('deleting backwards is one step, and writing after it another', () => {
  const back: Edit[] = [
    { kind: 'delete', text: 'e' },
    { kind: 'delete', text: 'n' },
  ]
  expect(typed(...letters('one'), ...back, ...letters('ff'))).toEqual(['one', 'en', 'ff'])
})

const composed = (composition: number, ...texts: string[]): Edit[] =>
  texts.map((text) => ({ kind: 'insert', text, composition }))

test('a composition is never cut, and a long run of them is, between two', () => {
  expect(typed(...letters('one '), ...composed(1, 'と', 'う', ''), ...letters('!'))).toEqual(['one とう!'])
  const words = Array.from({ length: 12 }, (_, n) => composed(n, 'と', 'うき', 'ょう')).flat()
  const steps = typed(...words)
  expect(steps.length).toBeGreaterThan(1)
  for (const step of steps) expect(step).toMatch(/^(とうきょう)+$/)
})

function page(): { editor: Editor; doc: Y.Doc } {
  const doc = new Y.Doc()
  const editor = new Editor({
    element: document.createElement('div'),
    injectCSS: false,
    extensions: [...content, Collaboration.configure({ fragment: doc.getXmlFragment('content') }), UndoSteps],
  })
  open.push(editor)
  return { editor, doc }
}
const open: Editor[] = []
afterEach(() => {
  for (const editor of open.splice(0)) editor.destroy()
})

// Each change of a word that is composed was a step of its own: undo went through the readings of 東京 one by
// one, and whoever thought for half a second had two steps even without that.
test('undo takes back a composed word as a whole', () => {
  const { editor } = page()
  const pauses = () => {
    const { undoManager } = yUndoPluginKey.getState(editor.state)
    if (undoManager.lastChange > 0) undoManager.lastChange -= 900
  }
  editor.commands.insertContent('Tokyo ')
  pauses()
  let written = ''
  for (const text of ['と', 'とう', 'とうきょう', '東京']) {
    const from = editor.state.doc.content.size - 1 - written.length
    editor.view.dispatch(
      editor.state.tr.insertText(text, from, from + written.length).setMeta('composition', 7),
    )
    written = text
    pauses()
  }
  expect(editor.getText()).toBe('Tokyo 東京')
  editor.commands.undo()
  expect(editor.getText()).toBe('Tokyo ')
  editor.commands.redo()
  expect(editor.getText()).toBe('Tokyo 東京')
})

// "Undo" in a toast took back whatever was done last, also what was written since.
test('what is taken back later is that step, or nothing', () => {
  const { editor } = page()
  editor.commands.insertContent('kept ')
  editor.commands.insertContent('taken')
  const takeBack = lastStep(editor)
  editor.commands.insertContent(' since')
  expect(takeBack()).toBe(false)
  expect(editor.getText()).toBe('kept taken since')
  editor.commands.undo()
  expect(editor.getText()).toBe('kept taken')
  expect(takeBack()).toBe(true)
  expect(takeBack()).toBe(false)
  expect(editor.getText()).not.toContain('taken')
})
