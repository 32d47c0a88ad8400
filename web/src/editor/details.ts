// Details: a line that is always seen, and blocks behind it that each person opens for themselves.
// Whether they are open is nobody else's business: it is kept in the page, never in the document.
//
// Three nodes, named as the formats of the server know them: details > detailsSummary, detailsContent.
import { type Editor, Node } from '@tiptap/core'
import type { ResolvedPos } from '@tiptap/pm/model'
import { Plugin, Selection, TextSelection } from '@tiptap/pm/state'
import type { EditorView } from '@tiptap/pm/view'
import { message } from '../i18n/message'

declare module '@tiptap/core' {
  interface Commands<ReturnType> {
    details: {
      /** Puts the block at the caret behind a line of its own. */
      setDetails: () => ReturnType
    }
  }
}

/** The depth of the details around a place. */
function depthOf(at: ResolvedPos): number | null {
  for (let depth = at.depth; depth > 0; depth -= 1) if (at.node(depth).type.name === 'details') return depth
  return null
}

function setOpen(dom: globalThis.Node | null, open: boolean): void {
  if (!(dom instanceof HTMLElement) || !dom.classList.contains('details')) return
  dom.classList.toggle('open', open)
  const button = dom.querySelector(':scope > button')
  button?.setAttribute('aria-expanded', String(open))
  button?.setAttribute('aria-label', message(open ? 'details.close' : 'details.open'))
}

/** A caret is never where nobody sees it: what holds it is opened, for this page only. */
function reveal(view: EditorView): void {
  for (const at of [view.state.selection.$from, view.state.selection.$to])
    for (let depth = at.depth; depth > 0; depth -= 1)
      if (at.node(depth).type.name === 'detailsContent') setOpen(view.nodeDOM(at.before(depth - 1)), true)
}

/** From the line that is always seen, Enter leads into what is behind it. */
function enterContent(editor: Editor): boolean {
  const { $from } = editor.state.selection
  if ($from.parent.type.name !== 'detailsSummary') return false
  return editor.commands.command(({ tr, dispatch }) => {
    if (dispatch) tr.setSelection(Selection.near(tr.doc.resolve($from.after() + 1))).scrollIntoView()
    return true
  })
}

/** An empty line at the end leads out again. */
function leaveContent(editor: Editor): boolean {
  const { $from, empty } = editor.state.selection
  const content = $from.depth > 2 ? $from.node(-1) : null
  if (!empty || content?.type.name !== 'detailsContent' || $from.parent.content.size > 0) return false
  if ($from.index(-1) !== content.childCount - 1 || content.childCount === 1) return false
  return editor.commands.command(({ tr, state, dispatch }) => {
    const paragraph = state.schema.nodes.paragraph
    if (paragraph === undefined) return false
    const behind = $from.after(-2)
    if (dispatch) {
      tr.insert(behind, paragraph.create())
      tr.delete($from.before(), $from.after())
      const place = tr.mapping.map(behind, -1)
      tr.setSelection(TextSelection.near(tr.doc.resolve(place + 1))).scrollIntoView()
    }
    return true
  })
}

/** At the beginning of its line, Backspace takes details off: the line and the blocks stay. */
function takeOff(editor: Editor): boolean {
  const { $from, empty } = editor.state.selection
  if (!empty || $from.parentOffset > 0 || $from.parent.type.name !== 'detailsSummary') return false
  return editor.commands.command(({ tr, state, dispatch }) => {
    const paragraph = state.schema.nodes.paragraph
    const details = $from.node(-1)
    if (paragraph === undefined) return false
    const blocks = details.lastChild?.content
    const begins = $from.before(-1)
    if (dispatch && blocks !== undefined) {
      const line = paragraph.create(null, $from.parent.content)
      const bare = blocks.childCount === 1 && blocks.firstChild?.content.size === 0
      tr.replaceWith(begins, begins + details.nodeSize, bare ? line : [line, ...blocks.content])
      tr.setSelection(TextSelection.near(tr.doc.resolve(begins + 1)))
    }
    return true
  })
}

/** Pages write the blocks beside the summary; here they stand in a box of their own. */
function arranged(details: HTMLElement): HTMLElement {
  const copy = details.cloneNode(true) as HTMLElement
  const summary = copy.querySelector(':scope > summary') ?? document.createElement('summary')
  summary.remove()
  const inside = copy.querySelector<HTMLElement>(':scope > [data-type="detailsContent"]')
  const content = inside ?? document.createElement('div')
  content.dataset.type = 'detailsContent'
  if (inside === null) content.append(...copy.childNodes)
  copy.replaceChildren(summary, content)
  return copy
}

export const DetailsSummary = Node.create({
  name: 'detailsSummary',
  content: 'inline*',
  defining: true,
  isolating: true,
  selectable: false,

  parseHTML() {
    return [{ tag: 'summary', context: 'details/' }]
  },

  renderHTML() {
    return ['summary', 0]
  },

  addNodeView() {
    return () => {
      const dom = document.createElement('div')
      dom.className = 'details-summary'
      return { dom, contentDOM: dom }
    }
  },
})

export const DetailsContent = Node.create({
  name: 'detailsContent',
  content: 'block+',
  defining: true,
  isolating: true,
  selectable: false,

  parseHTML() {
    return [{ tag: 'div[data-type="detailsContent"]' }]
  },

  renderHTML() {
    return ['div', { 'data-type': 'detailsContent' }, 0]
  },

  addNodeView() {
    return () => {
      const dom = document.createElement('div')
      dom.className = 'details-content'
      return { dom, contentDOM: dom }
    }
  },
})

export const Details = Node.create({
  name: 'details',
  group: 'block',
  content: 'detailsSummary detailsContent',
  defining: true,

  parseHTML() {
    return [
      {
        tag: 'details',
        contentElement: (element) => arranged(element as HTMLElement),
      },
    ]
  },

  renderHTML() {
    return ['details', 0]
  },

  addCommands() {
    return {
      setDetails:
        () =>
        ({ state, tr, dispatch }) => {
          const { details, detailsSummary, detailsContent, paragraph } = state.schema.nodes
          const { $from } = state.selection
          if (!details || !detailsSummary || !detailsContent || !paragraph) return false
          const at = $from.depth > 0 ? $from.before() : $from.pos
          const end = $from.depth > 0 ? $from.after() : $from.pos
          const words = $from.parent.isTextblock && !$from.parent.type.spec.code ? $from.parent.content : null
          const node = details.create(null, [
            detailsSummary.create(null, words),
            detailsContent.create(null, paragraph.create()),
          ])
          const index = $from.index(-1)
          if ($from.depth > 0 && !$from.node(-1).canReplaceWith(index, index + 1, details)) return false
          if (dispatch) {
            tr.replaceWith(at, end, node)
            tr.setSelection(TextSelection.create(tr.doc, at + 2 + (words?.size ?? 0))).scrollIntoView()
          }
          return true
        },
    }
  },

  addKeyboardShortcuts() {
    return {
      Enter: ({ editor }) => enterContent(editor) || leaveContent(editor),
      Backspace: ({ editor }) => takeOff(editor),
      'Mod-Enter': ({ editor }) => {
        const { $from } = editor.state.selection
        const depth = depthOf($from)
        if (depth === null) return false
        const dom = editor.view.nodeDOM($from.before(depth))
        if ($from.parent.type.name !== 'detailsSummary') return false
        setOpen(dom, dom instanceof HTMLElement && !dom.classList.contains('open'))
        return true
      },
    }
  },

  addNodeView() {
    return () => {
      const dom = document.createElement('div')
      dom.className = 'details'
      const button = document.createElement('button')
      button.type = 'button'
      button.contentEditable = 'false'
      const body = document.createElement('div')
      body.className = 'details-body'
      button.addEventListener('mousedown', (event) => event.preventDefault())
      button.addEventListener('click', () => setOpen(dom, !dom.classList.contains('open')))
      dom.append(button, body)
      setOpen(dom, false)
      return {
        dom,
        contentDOM: body,
        update: (updated) => updated.type.name === 'details',
        stopEvent: (event) => button.contains(event.target as globalThis.Node),
        ignoreMutation: (mutation) =>
          mutation.type === 'selection' ? false : mutation.target === dom || !body.contains(mutation.target),
      }
    }
  },

  addProseMirrorPlugins() {
    return [
      new Plugin({
        view: () => ({
          update(view, before) {
            if (!before.selection.eq(view.state.selection)) reveal(view)
          },
        }),
      }),
    ]
  },
})
