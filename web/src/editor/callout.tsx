// A callout: blocks that stand out, of one of four kinds. The kind is stored by its name; what it looks
// like is style/blocks.css. It is picked by anybody who may write, as the language of code is.
import { mergeAttributes, Node } from '@tiptap/core'
import { CircleAlert, Info, Lightbulb, type LucideIcon, TriangleAlert } from 'lucide-preact'
import { render } from 'preact'
import { type MessageKey, message } from '../i18n/message'

export const CALLOUTS = ['info', 'tip', 'warning', 'danger'] as const
export type CalloutKind = (typeof CALLOUTS)[number]

export const CALLOUT_LOOKS: Record<CalloutKind, { label: MessageKey; icon: LucideIcon }> = {
  info: { label: 'callout.info', icon: Info },
  tip: { label: 'callout.tip', icon: Lightbulb },
  warning: { label: 'callout.warning', icon: TriangleAlert },
  danger: { label: 'callout.danger', icon: CircleAlert },
}

/** Anything unknown, from a paste or another client, is shown as information. */
export const calloutKind = (value: unknown): CalloutKind => CALLOUTS.find((kind) => kind === value) ?? 'info'

declare module '@tiptap/core' {
  interface Commands<ReturnType> {
    callout: {
      /** Puts the blocks at the selection into a callout, or gives the one they are in this kind. */
      setCallout: (kind: CalloutKind) => ReturnType
    }
  }
}

export const Callout = Node.create({
  name: 'callout',
  group: 'block',
  content: 'block+',
  defining: true,

  addAttributes() {
    return {
      kind: {
        default: 'info' satisfies CalloutKind,
        parseHTML: (element) => calloutKind(element.getAttribute('data-kind')),
        renderHTML: (attributes) => ({ 'data-kind': calloutKind(attributes.kind) }),
      },
    }
  },

  parseHTML() {
    return [{ tag: 'aside[data-type="callout"]' }]
  },

  renderHTML({ HTMLAttributes }) {
    return ['aside', mergeAttributes(HTMLAttributes, { 'data-type': 'callout' }), 0]
  },

  addCommands() {
    return {
      setCallout:
        (kind) =>
        ({ editor, commands }) =>
          editor.isActive(this.name)
            ? commands.updateAttributes(this.name, { kind })
            : commands.wrapIn(this.name, { kind }),
    }
  },

  addKeyboardShortcuts() {
    return {
      // At its very beginning it is taken off, as a quote is.
      Backspace: ({ editor }) => {
        const { $from, empty } = editor.state.selection
        const around = $from.depth > 1 ? $from.node(-1) : null
        if (!empty || $from.parentOffset > 0 || around?.type !== this.type || $from.index(-1) > 0)
          return false
        return editor.commands.lift(this.name)
      },
    }
  },

  addNodeView() {
    return ({ node, editor, getPos }) => {
      const dom = document.createElement('aside')
      dom.className = 'callout'
      const icon = document.createElement('span')
      icon.className = 'callout-icon'
      icon.contentEditable = 'false'
      const select = document.createElement('select')
      select.className = 'callout-kind'
      select.contentEditable = 'false'
      select.setAttribute('aria-label', message('callout.kind'))
      for (const kind of CALLOUTS) select.add(new Option(message(CALLOUT_LOOKS[kind].label), kind))
      select.disabled = !editor.isEditable
      const content = document.createElement('div')
      content.className = 'callout-content'
      const show = (value: unknown) => {
        const kind = calloutKind(value)
        const { label, icon: Icon } = CALLOUT_LOOKS[kind]
        dom.dataset.kind = kind
        dom.setAttribute('role', 'note')
        dom.setAttribute('aria-label', message(label))
        select.value = kind
        render(<Icon size={19} aria-hidden="true" />, icon)
      }
      show(node.attrs.kind)
      select.addEventListener('change', () => {
        const position = getPos()
        if (position === undefined) return
        editor
          .chain()
          .focus()
          .command(({ tr }) => {
            tr.setNodeAttribute(position, 'kind', calloutKind(select.value))
            return true
          })
          .run()
      })
      dom.append(icon, content, select)
      return {
        dom,
        contentDOM: content,
        update(updated) {
          if (updated.type.name !== 'callout') return false
          show(updated.attrs.kind)
          return true
        },
        stopEvent: (event) => select.contains(event.target as globalThis.Node),
        ignoreMutation: (mutation) =>
          mutation.type === 'selection' ? false : !content.contains(mutation.target),
        destroy: () => render(null, icon),
      }
    }
  },
})
