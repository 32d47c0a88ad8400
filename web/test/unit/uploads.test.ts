// Pictures on their way into a document, and what comes with them.
import { Editor } from '@tiptap/core'
import { DOMParser, Slice } from '@tiptap/pm/model'
import { CellSelection } from '@tiptap/pm/tables'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { content } from '../../src/editor/schema'
import { UploadFiles } from '../../src/editor/uploadfiles'

vi.mock('../../src/editor/brought', () => ({ fetched: () => new Promise(() => {}) }))

vi.mock('../../src/api/files', () => ({ sendFile: () => new Promise(() => {}) }))

const open: Editor[] = []
afterEach(() => {
  for (const editor of open.splice(0)) editor.destroy()
})

function page(html: string): Editor {
  const editor = new Editor({
    element: document.createElement('div'),
    injectCSS: false,
    extensions: [...content, UploadFiles.configure({ document: 'here' })],
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
