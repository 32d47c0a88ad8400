// The marker of a Hebrew list in an English page stood at the left, far from its words: lines ran as their
// words do, but the blocks they are in did not.
import { Editor } from '@tiptap/core'
import { DecorationSet } from '@tiptap/pm/view'
import { afterEach, expect, it } from 'vitest'
import { Directions, directionOf } from '../../src/editor/direction'
import { content } from '../../src/editor/schema'

afterEach(() => {
  document.dir = ''
})

it('a text runs as its first letter does', () => {
  expect(directionOf('שלום world')).toBe('rtl')
  expect(directionOf('12 — (مرحبا)')).toBe('rtl')
  expect(directionOf('hello שלום')).toBe('ltr')
  expect(directionOf('日本 שלום')).toBe('ltr')
  expect(directionOf('12 % …')).toBeNull()
})

const HTML =
  '<ul><li><p>שלום</p></li></ul><ul><li><p>12</p></li><li><p>hello שלום</p></li></ul>' +
  '<blockquote><p>12</p></blockquote><p>שלום</p>'

const drawn = () => {
  const editor = new Editor({ extensions: [...content, Directions], content: HTML })
  const dirs = [...editor.view.dom.children].map((block) => block.getAttribute('dir'))
  editor.destroy()
  return dirs
}

// In a Hebrew page the caret of an empty line stood at the left, and jumped with the first letter.
it('a line without letters runs as the page does', () => {
  const lines = () => {
    const editor = new Editor({
      extensions: [...content, Directions],
      content: '<p>/</p><p>a</p><ul><li><p></p></li></ul>',
    })
    const marked = [...editor.view.dom.querySelectorAll('p')].map((line) => line.className)
    editor.destroy()
    return marked
  }
  expect(lines()).toEqual(['', '', ''])
  document.dir = 'rtl'
  expect(lines()).toEqual(['wordless', '', 'wordless'])
})

it('a block of lines runs as its first words do, where the page runs otherwise', () => {
  expect(drawn()).toEqual(['rtl', null, null, null])
  document.dir = 'rtl'
  expect(drawn()).toEqual([null, 'ltr', null, null])
})

// The whole document was read at every move of a caret, those of others included.
it('is drawn anew only when the document changes', () => {
  document.dir = 'rtl'
  const editor = new Editor({ extensions: [...content, Directions], content: '<p>a</p><p></p>' })
  const marked = () => [...editor.view.dom.querySelectorAll('p')].map((line) => line.className)
  const drawn = () => {
    const sets: unknown[] = []
    editor.view.someProp('decorations', (decorations) => {
      const set = decorations(editor.state)
      if (set instanceof DecorationSet && set.find().length > 0) sets.push(set)
    })
    expect(sets).toHaveLength(1)
    return sets[0]
  }
  const before = drawn()
  editor.commands.setTextSelection(4)
  expect(drawn()).toBe(before)
  expect(marked()).toEqual(['', 'wordless'])
  editor.commands.insertContent('b')
  expect(marked()).toEqual(['', ''])
  editor.destroy()
})
