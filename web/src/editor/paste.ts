// How that is taken in which is not simply put in as it is: Markdown, and markup that other programs write in
// their own way (markup.ts). A chunk of its own, fetched ahead of the first paste; clipboard.ts decides what
// comes here.
import type { Editor } from '@tiptap/core'
import { Selection } from '@tiptap/pm/state'
import type { EditorView } from '@tiptap/pm/view'
import { message } from '../i18n/message'
import { insertLines, type Pasting } from './clipboard'
import { lastStep } from './laststep'
import { htmlOf } from './markdown/html'
import { looksLikeMarkdown } from './markdown/signs'
import { retold } from './markup'

/** Behind a table that was pasted one is in its last cell: what comes next is what somebody else wrote. */
function stayInTable(view: EditorView): void {
  const { doc, selection, tr } = view.state
  const { $from, empty } = selection
  if (!empty || $from.parentOffset > 0 || $from.depth === 0) return
  let depth = $from.depth
  while (depth > 1 && $from.index(depth - 1) === 0) depth -= 1
  const behind = doc.resolve($from.before(depth))
  if (behind.nodeBefore?.type.name !== 'table') return
  view.dispatch(tr.setSelection(Selection.near(behind, -1)).scrollIntoView())
}

function put(view: EditorView, html: string): void {
  const before = view.state.doc
  view.pasteHTML(html)
  if (!view.state.doc.eq(before)) stayInTable(view)
}

/** Reads the markup, or else a text that may be Markdown; what is returned puts that at the caret. */
export function prepared(editor: Editor, text: string, html: string, tell: Pasting['tell']): () => void {
  const { view, schema } = editor
  if (html === '' && !looksLikeMarkdown(text)) return () => view.pasteText(text)
  const read = html === '' ? htmlOf(text, schema.nodes.image !== undefined) : retold(html)
  return () => {
    put(view, read)
    if (html !== '') return
    const takeBack = lastStep(editor)
    tell(message('paste.markdown'), {
      label: message('paste.plain'),
      run() {
        if (!takeBack()) return tell(message('undo.late'))
        insertLines(view, text)
        view.focus()
      },
    })
  }
}
