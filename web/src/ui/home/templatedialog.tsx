// A new document from a template: the templates in a list that the arrow keys move through, and beside
// it what is in the chosen one. The server puts it into the document, so that it is there once.
import { useSignal } from '@preact/signals'
import { useEffect, useRef } from 'preact/hooks'
import { beginDocument } from '../../api/documents'
import { listTemplates, type Template } from '../../api/templates'
import { enterNew } from '../../arrival'
import { language } from '../../i18n/language'
import { message } from '../../i18n/message'
import { explain } from '../../i18n/refusal'
import { Dialog } from '../parts/dialog'
import { type Line, linesOf } from './outline'
import '../../style/templates.css'

function Shown({ line }: { line: Line }) {
  if (line.kind === 'heading') return <p class={`preview-heading level-${line.level}`}>{line.text}</p>
  if (line.kind === 'table')
    return (
      <p class="preview-table">
        {line.cells.map((cell, at) => (
          <span key={at}>{cell}</span>
        ))}
      </p>
    )
  return <p class={`preview-${line.kind}`}>{line.text || '\u00a0'}</p>
}

export default function TemplateDialog({ onClose }: { onClose: () => void }) {
  const templates = useSignal<Template[] | null>(null)
  const chosen = useSignal('')
  const failure = useSignal<string | null>(null)
  const busy = useSignal(false)
  const list = useRef<HTMLDivElement>(null)

  const load = async () => {
    failure.value = null
    try {
      const all = await listTemplates(language.tag)
      templates.value = all
      chosen.value = all[0]?.id ?? ''
    } catch (error) {
      failure.value = explain(error)
    }
  }
  useEffect(() => void load(), [])
  const all = templates.value
  useEffect(() => {
    if (all !== null) list.current?.querySelector<HTMLInputElement>('input:checked')?.focus()
  }, [all])

  const submit = async (event: Event) => {
    event.preventDefault()
    if (busy.peek() || chosen.peek() === '') return
    busy.value = true
    try {
      enterNew((await beginDocument({ template: chosen.peek() })).name)
    } catch (error) {
      busy.value = false
      failure.value = explain(error)
    }
  }

  const shown = all?.find(({ id }) => id === chosen.value)
  return (
    <Dialog title={message('template.title')} class="template-dialog" onClose={onClose}>
      <form onSubmit={(event) => void submit(event)}>
        <div class="template-parts">
          <div ref={list} class="template-list" role="radiogroup" aria-label={message('template.list')}>
            {all?.map((template) => (
              <label key={template.id} class="template">
                <input
                  type="radio"
                  name="template"
                  value={template.id}
                  checked={template.id === chosen.value}
                  onChange={() => (chosen.value = template.id)}
                />
                <span>
                  <b>{template.title}</b>
                  <small>{template.about}</small>
                </span>
              </label>
            ))}
            {all === null && failure.value === null && (
              <p class="hint" role="status">
                {message('template.loading')}
              </p>
            )}
          </div>
          {shown && (
            <section
              class="preview"
              // biome-ignore lint/a11y/noNoninteractiveTabindex: what is longer than its box is scrolled by keyboard, too.
              tabIndex={0}
              aria-label={message('template.preview', { title: shown.title })}
            >
              {linesOf(shown.content).map((line, at) => (
                <Shown key={at} line={line} />
              ))}
            </section>
          )}
        </div>
        {failure.value !== null && (
          <p class="hint bad" role="alert">
            {failure.value}
          </p>
        )}
        <div class="dialog-actions">
          <button type="button" class="button" onClick={onClose}>
            {message('dialog.cancel')}
          </button>
          {all === null && failure.value !== null ? (
            <button type="button" class="button primary" onClick={() => void load()}>
              {message('home.retry')}
            </button>
          ) : (
            <button type="submit" class="button primary" disabled={busy.value || all === null}>
              {message('template.use')}
            </button>
          )}
        </div>
      </form>
    </Dialog>
  )
}
