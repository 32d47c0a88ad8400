// The card of the formula that is being written: its LaTeX, and what it looks like meanwhile. Enter and
// leaving it keep what was written, Escape throws it away; a formula with nothing in it is none.
import { useSignal } from '@preact/signals'
import type { Editor } from '@tiptap/core'
import { NodeSelection, Selection } from '@tiptap/pm/state'
import { useEffect, useId, useLayoutEffect, useRef } from 'preact/hooks'
import { latexOf, loadFormulas, showFormula, writingFormula } from '../../editor/maths'
import { message } from '../../i18n/message'
import { Floating } from '../parts/floating'
import { composes } from '../parts/keys'
import { useDesk } from './desk'
import { type Held, useHeld } from './held'

export function FormulaCard() {
  const { editor: current, revision } = useDesk()
  revision.value
  const editor = current.value
  const open = editor?.isEditable && writingFormula.value !== null
  const selection = open && editor.state.selection instanceof NodeSelection ? editor.state.selection : null
  const display = selection?.node.type.name === 'blockMath'
  const formula = display || selection?.node.type.name === 'inlineMath' ? selection : null
  const held = useHeld(editor, formula?.from ?? null)
  if (editor === null || selection === null || held === null) return null
  const dom = editor.view.nodeDOM(selection.from)
  if (!(dom instanceof HTMLElement)) return null
  return (
    <Floating anchor={dom} placement="bottom-start" class="link-card formula-card">
      <Card
        key={held.key}
        editor={editor}
        place={held.place}
        display={display}
        stored={latexOf(selection.node)}
      />
    </Floating>
  )
}

/** Until the focus rests where it belongs. */
const SETTLING = 150

interface Props {
  editor: Editor
  place: Held['place']
  display: boolean
  stored: string
}

function Card({ editor, place, display, stored }: Props) {
  const latex = useSignal(stored)
  // What is there was not written here: it is left as it is, unless it is changed.
  const found = useRef(stored).current
  const fresh = useRef(writingFormula.peek() === 'new').current
  const mistake = useSignal<string | null>(null)
  const field = useRef<HTMLTextAreaElement>(null)
  const preview = useRef<HTMLDivElement>(null)
  const hint = useId()
  const done = useRef(false)
  const began = useRef(false)

  useLayoutEffect(() => {
    field.current?.focus({ preventScroll: true })
    field.current?.select()
    // A command that inserted the formula gives the focus back to the text, a frame later.
    const settled = setTimeout(() => {
      began.current = true
      if (document.activeElement !== field.current) field.current?.focus({ preventScroll: true })
    }, SETTLING)
    return () => clearTimeout(settled)
  }, [])

  const source = latex.value
  useEffect(() => {
    let current = true
    loadFormulas().then(
      (render) => {
        const into = preview.current
        if (!current || into === null) return
        if (source.trim() === '') into.textContent = ''
        mistake.value = source.trim() === '' ? null : showFormula(render, source, into, display)
      },
      () => {
        mistake.value = message('lazy.failed')
      },
    )
    return () => {
      current = false
    }
  }, [source])

  const finish = (written: string, back: boolean) => {
    if (done.current) return
    done.current = true
    writingFormula.value = null
    if (editor.isDestroyed || !editor.isEditable) return
    const position = place()
    const text = written.trim()
    const node = position === null ? null : editor.state.doc.nodeAt(position)
    if (position === null || !node?.type.name.endsWith('Math')) return
    const leaves = text === '' && (fresh || written !== found)
    if (leaves || written !== found)
      editor.commands.command(({ tr }) => {
        if (leaves) tr.delete(position, position + node.nodeSize)
        else if (text !== latexOf(node)) tr.setNodeAttribute(position, 'latex', text)
        return true
      })
    if (!back) return
    const behind = leaves ? position : position + 1
    editor.commands.command(({ tr }) => {
      tr.setSelection(Selection.near(tr.doc.resolve(Math.min(behind, tr.doc.content.size))))
      return true
    })
    editor.commands.focus()
  }

  return (
    <form
      class="formula-form"
      aria-label={message('math.label')}
      onSubmit={(event) => {
        event.preventDefault()
        finish(latex.peek(), true)
      }}
      onKeyDown={(event) => {
        if (composes(event)) return
        if (event.key === 'Escape') {
          event.preventDefault()
          event.stopPropagation()
          finish(found, true)
        } else if (event.key === 'Enter' && !event.shiftKey) {
          event.preventDefault()
          finish(latex.peek(), true)
        }
      }}
      onFocusOut={(event) => {
        const next = event.relatedTarget
        if (!began.current) return
        if (!(next instanceof Element) || !event.currentTarget.contains(next)) finish(latex.peek(), false)
      }}
    >
      <textarea
        ref={field}
        rows={display ? 3 : 1}
        spellcheck={false}
        autocomplete="off"
        placeholder="\frac{a}{b}"
        aria-label={message('math.source')}
        aria-invalid={mistake.value !== null}
        aria-describedby={hint}
        value={latex.value}
        onInput={(event) => {
          latex.value = event.currentTarget.value
        }}
      />
      <div ref={preview} class="formula-preview" aria-hidden="true" />
      <div class="formula-foot">
        <p class={mistake.value === null ? 'hint' : 'hint bad'} id={hint} role="status">
          {mistake.value === null ? message('math.hint') : message('math.wrong', { mistake: mistake.value })}
        </p>
        <button type="submit" class="button primary">
          {message('math.done')}
        </button>
      </div>
    </form>
  )
}
