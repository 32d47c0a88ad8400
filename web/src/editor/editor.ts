// The editor of one document: the schema, bound to the shared content, with everything a person at
// this page needs around it. Created once per session; it never gets content of its own, because two
// pages that seed a document would seed it twice.
import { Editor } from '@tiptap/core'
import Collaboration from '@tiptap/extension-collaboration'
import { Placeholder } from '@tiptap/extensions'
import type { Awareness } from 'y-protocols/awareness'
import type * as Y from 'yjs'
import { message } from '../i18n/message'
import { Carets } from './carets'
import { CodeColours } from './highlight'
import { KeepCaret } from './keepcaret'
import { isSafeLink } from './link'
import { ReadCaret } from './readcaret'
import { content } from './schema'
import { SlashMenu } from './slash'
import { Tail } from './tail'

interface Shared {
  fragment: Y.XmlFragment
  awareness: Awareness
}

/** A click with Ctrl or Cmd follows a link; a plain click puts the caret into it. */
function followLink(event: MouseEvent): boolean {
  if (!event.ctrlKey && !event.metaKey) return false
  const link = event.target instanceof Element ? event.target.closest('a') : null
  const address = link?.getAttribute('href') ?? ''
  if (!isSafeLink(address)) return false
  window.open(address, '_blank', 'noopener,noreferrer')
  return true
}

export function createEditor(element: HTMLElement, { fragment, awareness }: Shared): Editor {
  return new Editor({
    element,
    // A style element would be refused by the Content-Security-Policy; style/text.css holds it.
    injectCSS: false,
    extensions: [
      ...content,
      Collaboration.configure({ fragment }),
      Carets.configure({ awareness }),
      KeepCaret,
      ReadCaret,
      CodeColours,
      SlashMenu,
      Tail,
      Placeholder.configure({
        placeholder: ({ node }) =>
          node.type.name === 'heading'
            ? message('placeholder.heading', { level: Number(node.attrs.level) })
            : message('placeholder.text'),
      }),
    ],
    editorProps: {
      attributes: {
        class: 'text',
        role: 'textbox',
        'aria-multiline': 'true',
        'aria-label': message('document.label'),
        spellcheck: 'true',
      },
      handleClick: (_view, _position, event) => followLink(event),
    },
  })
}
