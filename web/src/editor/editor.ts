// The editor of one document: the schema, bound to the shared content, with everything a person at
// this page needs around it. Created once per session; it never gets content of its own, because two
// pages that seed a document would seed it twice.
import { Editor } from '@tiptap/core'
import Collaboration from '@tiptap/extension-collaboration'
import { Placeholder } from '@tiptap/extensions/placeholder'
import { TextSelection } from '@tiptap/pm/state'
import type { EditorView } from '@tiptap/pm/view'
import { ySyncPluginKey } from '@tiptap/y-tiptap'
import type { Awareness } from 'y-protocols/awareness'
import type * as Y from 'yjs'
import { message } from '../i18n/message'
import { Carets } from './carets'
import { Clipboard, type Pasting } from './clipboard'
import { type Commented, Commenting } from './commenting'
import { Depth } from './depth'
import { Directions } from './direction'
import { DocumentLinks } from './doclink'
import { EmojiList } from './emoji'
import { CodeColours } from './highlight'
import { Picture } from './image'
import { KeepCaret } from './keepcaret'
import { isSafeLink, openLink } from './link'
import { writingFormula } from './maths'
import { OwnLinks } from './ownlinks'
import { ReadCaret } from './readcaret'
import { content } from './schema'
import { SlashMenu } from './slash'
import { Spotlight } from './spotlight'
import { type Suggesting, SuggestingWay } from './suggesting'
import { Tail } from './tail'
import { UndoSteps } from './undosteps'
import { UploadFiles } from './uploadfiles'

interface Shared {
  /** The name of the document: its files are sent to it. */
  name: string
  /** Whether the server is sure to have the document: one that nobody wrote in, it has not. */
  isKnown: () => boolean
  fragment: Y.XmlFragment
  awareness: Awareness
  /** Absent: it may be written. */
  editable?: boolean
  commented: Commented
  /** Absent: nobody suggests here. */
  suggesting?: Suggesting
  tell: Pasting['tell']
  /** Called when the editor could not take in what somebody else wrote: it must not write any more. */
  fails: () => void
}

type Events = Parameters<Parameters<Y.XmlFragment['observeDeep']>[0]>

interface Binding {
  _observeFunction: (...events: Events) => void
  destroy: () => void
}

const bindingOf = (editor: Editor): Binding | undefined => ySyncPluginKey.getState(editor.state)?.binding

/**
 * Puts the editor in its place. One that fails on the way there, or later at what somebody else wrote, would
 * take what it could not show for deleted, with the next change: it lets go of the document.
 */
function mount(editor: Editor, element: HTMLElement, fragment: Y.XmlFragment, fails: () => void): void {
  try {
    editor.mount(element)
  } catch (error) {
    bindingOf(editor)?.destroy()
    editor.destroy()
    element.replaceChildren()
    throw error
  }
  const binding = bindingOf(editor)
  if (binding === undefined) return
  const take = binding._observeFunction
  fragment.unobserveDeep(take)
  binding._observeFunction = (...events) => {
    try {
      take(...events)
    } catch (error) {
      console.error(error)
      binding.destroy()
      fails()
    }
  }
  fragment.observeDeep(binding._observeFunction)
}

/** A click with Ctrl or Cmd follows a link; a plain click puts the caret into it, where there is one. */
function followLink(event: MouseEvent, editable: boolean): boolean {
  if (editable && !event.ctrlKey && !event.metaKey) return false
  const link = event.target instanceof Element ? event.target.closest('a') : null
  const address = link?.getAttribute('href') ?? ''
  if (!isSafeLink(address)) return false
  // A text that cannot be edited is a page, and its links would be followed a second time.
  event.preventDefault()
  openLink(address)
  return true
}

/**
 * The sign in front of a link to a document belongs to the link: a click on it puts the caret into the
 * link, not in front of it.
 */
function enterLink(view: EditorView, position: number, event: MouseEvent): boolean {
  if (!view.editable || !(event.target instanceof Element) || event.target.closest('a') === null) return false
  const { doc, schema, tr } = view.state
  const $position = doc.resolve(position)
  const type = schema.marks.link
  if (type === undefined || type.isInSet($position.marks()) || !$position.nodeAfter) return false
  if (!type.isInSet($position.nodeAfter.marks)) return false
  view.dispatch(tr.setSelection(TextSelection.create(doc, position + 1)))
  return true
}

/**
 * Browsers take a double click beside the words of a line for one on its end, which nobody sees selected: the
 * next letter would join the line with the one behind it. The caret stands there instead.
 */
function leaveEnd(view: EditorView): void {
  const selected = getSelection()
  if (selected === null || !/^[\n\t]+$/.test(selected.toString())) return
  selected.collapseToStart()
  const at = selected.anchorNode && view.posAtDOM(selected.anchorNode, selected.anchorOffset)
  const { doc, tr } = view.state
  if (at !== null) view.dispatch(tr.setSelection(TextSelection.near(doc.resolve(at), -1)))
}

export function createEditor(
  element: HTMLElement,
  { name, isKnown, fragment, awareness, commented, tell, fails, editable = true, suggesting }: Shared,
): Editor {
  const editor = new Editor({
    element: null,
    editable,
    // A style element would be refused by the Content-Security-Policy; style/text.css holds it.
    injectCSS: false,
    extensions: [
      ...content.map((extension) =>
        extension.name === Picture.name ? Picture.configure({ document: name }) : extension,
      ),
      UploadFiles.configure({
        document: name,
        isKnown,
      }),
      Collaboration.configure({ fragment }),
      Carets.configure({ awareness }),
      Directions,
      KeepCaret,
      ReadCaret,
      UndoSteps,
      OwnLinks,
      CodeColours,
      SuggestingWay.configure({ suggesting: suggesting ?? null }),
      Commenting.configure({ commented }),
      Clipboard.configure({ tell }),
      Depth.configure({ tell }),
      SlashMenu,
      EmojiList,
      Spotlight,
      DocumentLinks,
      Tail,
      Placeholder.configure({
        placeholder: ({ node }) =>
          node.type.name === 'heading'
            ? message('placeholder.heading', { level: Number(node.attrs.level) })
            : node.type.name === 'detailsSummary'
              ? message('placeholder.details')
              : message('placeholder.text'),
      }),
    ],
    editorProps: {
      attributes: {
        class: 'text',
        role: 'textbox',
        'aria-multiline': 'true',
        'aria-label': message('document.label'),
      },
      // A formula is a thing to open; a picture is one to select.
      handleClickOn: (view, _position, node, _at, event, direct) => {
        if (!direct || event.ctrlKey || event.metaKey || !view.editable) return false
        writingFormula.value = node.type.name.endsWith('Math') ? 'old' : null
        return false
      },
      handleDOMEvents: { dblclick: leaveEnd },
      handleClick: (view, position, event) =>
        followLink(event, view.editable) || enterLink(view, position, event),
    },
  })
  mount(editor, element, fragment, fails)
  return editor
}
