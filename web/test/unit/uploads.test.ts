// Pictures on their way into a document, and what comes with them.
import { Editor } from '@tiptap/core'
import { DOMParser, Slice } from '@tiptap/pm/model'
import { CellSelection } from '@tiptap/pm/tables'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { content } from '../../src/editor/schema'
import { UploadFiles } from '../../src/editor/uploadfiles'
import { key } from '../../src/editor/uploads'

vi.mock('../../src/editor/brought', () => ({ fetched: () => new Promise(() => {}) }))

/** Ends what is being sent, one call for each file, in the order in which they were begun. */
const arrive: (() => void)[] = []
/** Whether each was sent to a document that the server has. */
const told: boolean[] = []
vi.mock('../../src/api/files', () => ({
  sendFile: (_document: string, known: boolean, file: File) =>
    new Promise((resolve) => {
      told.push(known)
      arrive.push(() => resolve({ url: `/files/${file.name}`, type: 'image/png', name: file.name }))
    }),
}))

const open: Editor[] = []
afterEach(() => {
  arrive.length = 0
  told.length = 0
  for (const editor of open.splice(0)) editor.destroy()
})

function page(html: string, isKnown = () => true): Editor {
  const editor = new Editor({
    element: document.createElement('div'),
    injectCSS: false,
    extensions: [...content, UploadFiles.configure({ document: 'here', isKnown })],
    content: html,
  })
  open.push(editor)
  return editor
}

/** Words and a picture that is written out between them. */
const BROUGHT = '<p>brought</p><img src="data:image/png;base64,AAAA" alt="cat"><p>along</p>'

function sliceIn(editor: Editor): Slice {
  const element = document.createElement('div')
  element.innerHTML = BROUGHT
  return new Slice(DOMParser.fromSchema(editor.schema).parse(element).content, 0, 0)
}

const lines = (editor: Editor): string[] => editor.state.doc.children.map((node) => node.textContent)

const placeOf = (editor: Editor, words: string): number => {
  let found = -1
  editor.state.doc.descendants((node, at) => {
    if (node.text?.includes(words)) found = at + node.text.indexOf(words)
  })
  return found
}

/** In front of which line each picture on its way stands. */
const waiting = (editor: Editor): (string | undefined)[] =>
  [...editor.view.dom.querySelectorAll('.upload')].map(
    (upload) => upload.nextElementSibling?.textContent ?? undefined,
  )

describe('text with pictures that must be sent first', () => {
  // Dropped text took the place of what was selected, wherever it was dropped.
  it('is put where it is dropped, and what is selected stays', () => {
    const editor = page('<p>first</p><p>selected</p><p>last</p>')
    const at = placeOf(editor, 'selected')
    editor.commands.setTextSelection({ from: at, to: at + 'selected'.length })
    const drop = Object.assign(new Event('drop'), { clientX: 0, clientY: 0, dataTransfer: null })
    editor.view.posAtCoords = () => ({ pos: placeOf(editor, 'last') + 'last'.length, inside: -1 })
    const slice = sliceIn(editor)
    expect(
      editor.view.someProp('handleDrop', (handle) =>
        handle(editor.view, drop as unknown as DragEvent, slice, false),
      ),
    ).toBe(true)
    expect(lines(editor)).toEqual(['first', 'selected', 'last', 'brought', 'along'])
    expect(waiting(editor)).toEqual(['along'])
  })

  // Cells are replaced one by one: the place was reckoned as if that were one step, and was none.
  it('is pasted into cells, each with its picture', () => {
    const editor = page(
      '<table><tr><td><p>one</p></td><td><p>two</p></td></tr><tr><td><p>three</p></td><td><p>four</p></td></tr></table><p>tail</p>',
    )
    const [from, to] = [placeOf(editor, 'one') - 2, placeOf(editor, 'four') - 2]
    editor.view.dispatch(editor.state.tr.setSelection(CellSelection.create(editor.state.doc, from, to)))
    const paste = Object.assign(new Event('paste'), { clipboardData: null })
    editor.view.someProp('handlePaste', (handle) =>
      handle(editor.view, paste as unknown as ClipboardEvent, sliceIn(editor)),
    )
    expect(editor.state.doc.textContent).toBe('broughtalongtail')
    expect(waiting(editor)).toEqual(['along'])
  })
})

// What is shown of a picture on its way was kept by the browser as long as the tab lived.
it('leaves nothing behind when the editor goes', () => {
  const revoked = vi.spyOn(URL, 'revokeObjectURL')
  const editor = page('<p>words</p>')
  const files = [
    new File(['a'], 'a.png', { type: 'image/png' }),
    new File(['b'], 'b.png', { type: 'image/png' }),
  ]
  const paste = Object.assign(new Event('paste'), { clipboardData: { files, types: ['Files'] } })
  editor.view.someProp('handlePaste', (handle) =>
    handle(editor.view, paste as unknown as ClipboardEvent, Slice.empty),
  )
  expect(editor.view.dom.querySelectorAll('.upload').length).toBe(2)
  editor.destroy()
  expect(revoked).toHaveBeenCalledTimes(2)
})

describe('pictures that are pasted', () => {
  const paste = (editor: Editor, ...names: string[]) => {
    const clipboardData = {
      files: names.map((name) => new File(['x'], name, { type: 'image/png' })),
      types: ['Files'],
      getData: () => '',
    }
    const event = Object.assign(new Event('paste'), { clipboardData })
    editor.view.someProp('handlePaste', (take) =>
      take(editor.view, event as unknown as ClipboardEvent, Slice.empty),
    )
  }
  const blocks = (editor: Editor): string[] =>
    editor.state.doc.children.map((node) => String(node.attrs.src ?? node.textContent))

  // The bug: each came in front of the ones before it, and what one wrote next stood above them all.
  it.each([
    ['as they come', [0, 1, 2]],
    ['however they come', [2, 0, 1]],
  ])('stand in their order below the words, %s, and the caret below them', async (_how, order) => {
    vi.stubGlobal('URL', Object.assign(URL, { createObjectURL: () => '', revokeObjectURL: () => undefined }))
    const editor = page('<p>words</p><p>next</p>')
    editor.commands.setTextSelection(6)
    paste(editor, 'a', 'b')
    paste(editor, 'c')
    await vi.waitFor(() => expect(arrive).toHaveLength(3))
    for (const one of order) {
      arrive[one]?.()
      await new Promise((resolve) => setTimeout(resolve))
    }
    expect(blocks(editor)).toEqual(['words', '/files/a', '/files/b', '/files/c', '', 'next'])
    editor.commands.insertContent('below')
    expect(blocks(editor)).toEqual(['words', '/files/a', '/files/b', '/files/c', 'below', 'next'])
  })

  it('one after the other has come, stand in their order, too', async () => {
    const editor = page('<h2>one two</h2>')
    editor.commands.setTextSelection(4)
    for (const name of ['a', 'b']) {
      paste(editor, name)
      await vi.waitFor(() => expect(arrive).toHaveLength(1))
      arrive.pop()?.()
      await new Promise((resolve) => setTimeout(resolve))
    }
    expect(blocks(editor)).toEqual(['one', '/files/a', '/files/b', ' two'])
  })

  // The bug: room is made for a picture before it is sent, and that edit, which the server did not have yet, made
  // the page believe that it had no document either: it was to be made once more, and the server refused.
  it('are sent to a document that the server has, although room was made for them', async () => {
    let saved = true
    const editor = page('<p>words</p>', () => saved)
    editor.on('update', () => {
      saved = false
    })
    editor.commands.setTextSelection(6)
    paste(editor, 'a')
    await vi.waitFor(() => expect(arrive).toHaveLength(1))
    expect(saved).toBe(false)
    expect(told).toEqual([true])
  })

  // The bug: a picture in a line that was not taken, or stopped, left the line in two.
  it('leave the line in one piece when they are not put in, unless somebody wrote there', async () => {
    const removes = (editor: Editor) =>
      key.getState(editor.state)?.forEach(({ upload }) => {
        upload.cancel()
      })
    const inTwo = async (between?: (editor: Editor) => void) => {
      const editor = page('<p>onetwo</p><p>after</p>')
      editor.commands.setTextSelection(4)
      paste(editor, 'a', 'b')
      await vi.waitFor(() => expect(arrive).toHaveLength(2))
      expect(lines(editor)).toEqual(['one', 'two', 'after'])
      between?.(editor)
      removes(editor)
      arrive.length = 0
      return lines(editor)
    }
    expect(await inTwo()).toEqual(['onetwo', 'after'])
    expect(await inTwo((editor) => editor.commands.insertContent('x'))).toEqual(['one', 'xtwo', 'after'])
    // A line that began there is none that was parted.
    const editor = page('<p>one</p><p>two</p>')
    editor.commands.setTextSelection(6)
    paste(editor, 'a')
    removes(editor)
    expect(lines(editor)).toEqual(['one', 'two'])
  })
})
