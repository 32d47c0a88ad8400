// A code block as it is shown: the code, a picker for its language, a button that copies it.
//
// The controls are chrome around the content, not content: they are never part of the document,
// of a selection or of a copied text. Offered where the block may be edited, picked by anybody who
// may; the choice is written by `updateAttributes`, one value, no text touched.
import type { Editor } from '@tiptap/core'
import { CodeBlock } from '@tiptap/extension-code-block'
import { message } from '../i18n/message'
import { LANGUAGES } from './languages'

function languagePicker(): HTMLSelectElement {
  const select = document.createElement('select')
  select.setAttribute('aria-label', message('code.language'))
  select.add(new Option(message('code.plain'), ''))
  for (const [id, label] of LANGUAGES) select.add(new Option(label, id))
  return select
}

function copyButton(code: HTMLElement): HTMLButtonElement {
  const button = document.createElement('button')
  button.type = 'button'
  button.textContent = message('code.copy')
  button.addEventListener('click', async () => {
    try {
      await navigator.clipboard.writeText(code.textContent ?? '')
      button.textContent = message('code.copied')
    } catch {
      button.textContent = message('code.notCopied')
    }
    setTimeout(() => {
      button.textContent = message('code.copy')
    }, 1600)
  })
  return button
}

/** A language that is not offered, from a fence or another client, is shown by its own name, or as what that means. */
function show(select: HTMLSelectElement, language: unknown): void {
  const value = typeof language === 'string' ? language : ''
  if (![...select.options].some((option) => option.value === value)) {
    select.add(new Option(value, value))
    void import('./grammars').then(({ standFor }) => standFor(select, value)).catch(() => undefined)
  }
  select.value = value
}

/** Enter keeps the indentation of the line it ends. */
function breakLine(editor: Editor): boolean {
  const { $from, empty } = editor.state.selection
  if (!empty || $from.parent.type.name !== 'codeBlock') return false
  const before = $from.parent.textBetween(0, $from.parentOffset)
  const indentation = /^[ \t]*/.exec(before.slice(before.lastIndexOf('\n') + 1))?.[0] ?? ''
  return (
    indentation !== '' &&
    editor.commands.insertContent(`\n${indentation}`, { parseOptions: { preserveWhitespace: 'full' } })
  )
}

export const CodeBlockWithControls = CodeBlock.extend({
  addKeyboardShortcuts() {
    const inherited = this.parent?.() ?? {}
    return {
      ...inherited,
      // Three times Enter still leaves the block: that is asked first.
      Enter: (props) => (inherited.Enter?.(props) ?? false) || breakLine(props.editor),
    }
  },

  addNodeView() {
    return ({ node, editor, getPos }) => {
      const dom = document.createElement('div')
      dom.className = 'code-block'
      const pre = document.createElement('pre')
      const code = document.createElement('code')
      pre.append(code)
      const controls = document.createElement('div')
      controls.className = 'code-controls'
      controls.contentEditable = 'false'
      const select = languagePicker()
      select.disabled = !editor.isEditable
      show(select, node.attrs.language)
      select.addEventListener('change', () => {
        const position = getPos()
        if (position === undefined) return
        editor
          .chain()
          .focus()
          .command(({ tr }) => {
            tr.setNodeAttribute(position, 'language', select.value === '' ? null : select.value)
            return true
          })
          .run()
      })
      controls.append(select, copyButton(code))
      dom.append(controls, pre)
      return {
        dom,
        contentDOM: code,
        update(updated) {
          if (updated.type.name !== 'codeBlock') return false
          show(select, updated.attrs.language)
          return true
        },
        stopEvent: (event) => controls.contains(event.target as globalThis.Node),
        ignoreMutation: (mutation) => !code.contains(mutation.target),
      }
    }
  },
})
