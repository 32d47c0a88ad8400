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

const read = (data: DataTransfer | null): [text: string, html: string] => [
  data?.getData('text/plain') ?? '',
  data?.getData('text/html') ?? '',
]

const inCode = (view: EditorView): boolean => view.state.selection.$from.parent.type.spec.code === true

/** What is written in a way of its own, or is not where one goes on: only paste.ts can take it in. */
const ELSEWHERE = /mso-list|aria-level|role="?checkbox|background|<table|<su[bp]/i

/** Without any of these a text is no Markdown; with one, paste.ts looks closer. */
const SIGNS = /^[^\S\n]*(?:[-+*>|#~]|\d+[.)]|<\/)|[`|]|\*\*|__|\]\(/m

let paste: Promise<typeof import('./paste')> | undefined

/** Kept, so that once it is there no key comes between a paste and what becomes of it. */
export const fetchPaste = () => {
  paste ??= import('./paste').catch((gone) => {
    paste = undefined
    throw gone
  })
  return paste
}

/** Each line as a paragraph, with every sign as it is: no rule for pasted text makes marks of them. */
export function insertLines(view: EditorView, text: string): void {
  const { tr, schema } = view.state
  const paragraphs = text
    .split(/(?:\r\n?|\n)+/)
    .map((line) => schema.node('paragraph', null, line === '' ? [] : [schema.text(line)]))
  view.dispatch(tr.replaceSelection(new Slice(Fragment.from(paragraphs), 1, 1)).scrollIntoView())
}

export const Clipboard = Extension.create<Pasting>({
  name: 'clipboard',
  // Before the uploads: of a picture that only draws a box, none is sent.
  priority: 250,

  addOptions: () => ({ tell: () => undefined }),

  addProseMirrorPlugins() {
    const { tell } = this.options
    const { editor } = this
    let plain = false

    /** Markup, or else a text that may be Markdown. */
    const takeIn = async (view: EditorView, text: string, html: string) => {
      const { selection } = view.state
      const put = await fetchPaste()
        .then(({ prepared }) => prepared(editor, text, html, tell))
        .catch(() => null)
      if (view.isDestroyed || !view.editable) return
      // What was selected since is not what was to be replaced.
      const now = view.state.selection
      if (!now.empty && !now.eq(selection)) editor.commands.setTextSelection(now.to)
      if (put !== null) put()
      // Without the line that cannot be had; what was pasted must not be lost for it.
      else if (html === '') insertLines(view, text)
      else view.pasteHTML(html)
    }
    const tooMuch = (data: DataTransfer | null): boolean => {
      const [text, html] = read(data)
      // Pictures that are written out in it are sent, not taken in.
      const markup = html.replace(/["']data:[^"']+/g, '')
      if (text.length <= MOST_TEXT && markup.length <= MOST_HTML) return false
      tell(message('paste.tooMuch', { size: size(Math.max(text.length, markup.length)) }))
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
            const data = event.clipboardData
            if (tooMuch(data)) return true
            const [text, html] = read(data)
            // Of a picture alone, as some programs copy it with its markup or its name, the file is meant.
            const isFile = data?.files.length && (text === '' || html === '')
            if (isFile || inCode(view)) return false
            if (plain && text !== '') {
              plain = false
              insertLines(view, text)
              return true
            }
            const isOurs =
              html === '' ? text.length <= MOST_MARKDOWN && SIGNS.test(text) : ELSEWHERE.test(html)
            if (isOurs) void takeIn(view, text, html)
            return isOurs
          },
          handleDrop: (_view, event) => tooMuch(event.dataTransfer),
        },
      }),
    ]
  },
})
