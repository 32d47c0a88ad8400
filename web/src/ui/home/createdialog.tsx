// A new document under a name of one's own choice; the name is also its address. Where a deleted
// document has the name, it can be had back instead.
import { useSignal } from '@preact/signals'
import { useId, useRef } from 'preact/hooks'
import { documentPath } from '../../address'
import { createDocument, Refusal, restoreDocument } from '../../api/documents'
import { enterNew } from '../../arrival'
import { message } from '../../i18n/message'
import { explain } from '../../i18n/refusal'
import { Dialog } from '../parts/dialog'

const create = async (name: string) => enterNew((await createDocument(name)).name)
const restore = async (name: string) => location.assign(documentPath((await restoreDocument(name)).name))

export function CreateDialog({ suggestion, onClose }: { suggestion: string; onClose: () => void }) {
  const name = useSignal(suggestion)
  const failure = useSignal<string | null>(null)
  const deleted = useSignal<string | null>(null)
  const busy = useSignal(false)
  const hint = useId()
  const field = useRef<HTMLInputElement>(null)
  const attempt = async (wanted: string, enter: (name: string) => Promise<void>) => {
    if (busy.peek()) return
    if (wanted === '') {
      failure.value = message('create.blank')
      return field.current?.focus()
    }
    busy.value = true
    try {
      await enter(wanted)
    } catch (error) {
      busy.value = false
      failure.value = explain(error)
      deleted.value = error instanceof Refusal && error.code === 'document_deleted' ? wanted : null
    }
  }
  const submit = (event: Event) => {
    event.preventDefault()
    void attempt(name.peek().trim(), create)
  }
  const gone = deleted.value
  return (
    <Dialog title={message('create.title')} onClose={onClose}>
      <form noValidate onSubmit={submit}>
        <label class="field">
          <span>{message('create.name')}</span>
          <input
            ref={field}
            type="text"
            required
            spellcheck={false}
            autocomplete="off"
            placeholder="team/meeting-notes"
            aria-describedby={hint}
            aria-invalid={failure.value !== null}
            value={name.value}
            onInput={(event) => {
              name.value = event.currentTarget.value
              failure.value = null
              deleted.value = null
            }}
          />
        </label>
        <p
          id={hint}
          class={failure.value === null ? 'hint' : 'hint bad'}
          role={failure.value ? 'alert' : undefined}
        >
          {failure.value ?? message('create.hint')}
        </p>
        <div class="dialog-actions">
          <button type="button" class="button" onClick={onClose}>
            {message('dialog.cancel')}
          </button>
          {gone === null ? (
            <button type="submit" class="button primary" disabled={busy.value}>
              {message('create.submit')}
            </button>
          ) : (
            <button
              type="button"
              class="button primary"
              disabled={busy.value}
              onClick={() => void attempt(gone, restore)}
            >
              {message('create.restore')}
            </button>
          )}
        </div>
      </form>
    </Dialog>
  )
}
