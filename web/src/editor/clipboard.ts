// What goes to the clipboard and comes from it. Copied text looks as one would type it. Pasted text that
// clearly is Markdown becomes what it means, unless it is pasted with Shift, or into code; that can be
// taken back at once. What is only proposed in a passage is proposed anew where it is pasted. More than the
// page could take in without standing still is refused, and said.
import { Extension } from '@tiptap/core'
import { Fragment, Slice } from '@tiptap/pm/model'
import { Plugin } from '@tiptap/pm/state'
import type { EditorView } from '@tiptap/pm/view'
import { message } from '../i18n/message'
import { size } from '../i18n/when'
import { shallow } from './depth'
import { lastStep } from './laststep'
import { looksLikeMarkdown } from './markdown/signs'
import { plainText } from './plaintext'
import { renewed } from './suggestion'

export interface Pasting {
  /** Says something, perhaps with a way back. */
  tell: (text: string, action?: { label: string; run: () => void }) => void
}

/**
 * So many characters of text are taken in at once, and so many of HTML, which is mostly not text: measured
 * so that the page stands still for a few seconds at most. Longer Markdown stays the text it is.
 */
const MOST_TEXT = 500_000
const MOST_HTML = 2_000_000
const MOST_MARKDOWN = 100_000

const inCode = (view: EditorView): boolean => view.state.selection.$from.parent.type.spec.code === true

/** Each line as a paragraph, with every sign as it is: no rule for pasted text makes marks of them. */
function insertLines(view: EditorView, text: string): void {
  const { tr, schema } = view.state
  const paragraphs = text
    .split(/(?:\r\n?|\n)+/)
    .map((line) => schema.node('paragraph', null, line === '' ? [] : [schema.text(line)]))
  view.dispatch(tr.replaceSelection(new Slice(Fragment.from(paragraphs), 1, 1)).scrollIntoView())
}

export const Clipboard = Extension.create<Pasting>({
  name: 'clipboard',

  addOptions: () => ({ tell: () => undefined }),

  addProseMirrorPlugins() {
    const { tell } = this.options
    const { editor } = this
    let plain = false

    const asText = (view: EditorView, text: string, takeBack: () => boolean) => {
      if (!takeBack()) return tell(message('undo.late'))
      insertLines(view, text)
      view.focus()
    }
    const asMarkdown = async (view: EditorView, text: string) => {
      let html: string
      try {
        const { htmlOf } = await import('./markdown/html')
        html = htmlOf(text, view.state.schema.nodes.image !== undefined)
      } catch {
        // Without the line the parser cannot be had; the text must not be lost for that.
        if (!view.isDestroyed) insertLines(view, text)
        return
      }
      if (view.isDestroyed || !view.editable) return
      view.pasteHTML(html)
      const takeBack = lastStep(editor)
      tell(message('paste.markdown'), {
        label: message('paste.plain'),
        run: () => asText(view, text, takeBack),
      })
    }
    const tooMuch = (text: string, html: string): boolean => {
      if (text.length <= MOST_TEXT && html.length <= MOST_HTML) return false
      tell(message('paste.tooMuch', { size: size(Math.max(text.length, html.length)) }))
      return true
    }

    return [
      new Plugin({
        props: {
          transformPasted: (slice) => {
            const { content, openStart, openEnd } = shallow(slice)
            return new Slice(renewed(content), openStart, openEnd)
          },
          clipboardTextSerializer: (slice) => plainText(slice.content),
          handleDOMEvents: {
            keydown: (_view, event) => {
              plain = event.shiftKey && (event.ctrlKey || event.metaKey) && event.key.toLowerCase() === 'v'
              return false
            },
          },
          handlePaste(view, event) {
            const text = event.clipboardData?.getData('text/plain') ?? ''
            const html = event.clipboardData?.getData('text/html') ?? ''
            if (tooMuch(text, html)) return true
            if (inCode(view) || text === '') return false
            if (plain) {
              plain = false
              insertLines(view, text)
              return true
            }
            if (html !== '' || text.length > MOST_MARKDOWN || !looksLikeMarkdown(text)) return false
            void asMarkdown(view, text)
            return true
          },
          handleDrop(_view, event) {
            const { dataTransfer } = event
            if (dataTransfer === null) return false
            return tooMuch(dataTransfer.getData('text/plain'), dataTransfer.getData('text/html'))
          },
        },
      }),
    ]
  },
})
