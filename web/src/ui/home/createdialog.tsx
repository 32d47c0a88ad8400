// A new document under a name of one's own choice; the name is also its address.
import { useSignal } from '@preact/signals'
import { useId } from 'preact/hooks'
import { documentPath } from '../../address'
import { createDocument, Refusal } from '../../api/documents'
import { message } from '../../i18n/message'
import { Dialog } from '../parts/dialog'

export function CreateDialog({ suggestion, onClose }: { suggestion: string; onClose: () => void }) {
  const name = useSignal(suggestion)
  const failure = useSignal<string | null>(null)
  const busy = useSignal(false)
  const hint = useId()
  const submit = async (event: Event) => {
    event.preventDefault()
    const wanted = name.peek().trim()
    if (wanted === '' || busy.peek()) return
    busy.value = true
    try {
      location.assign(documentPath((await createDocument(wanted)).name))
    } catch (error) {
      busy.value = false
      const exists = error instanceof Refusal && error.code === 'document_exists'
      failure.value = exists
        ? message('create.exists')
        : error instanceof Refusal
          ? error.message
          : message('error.unexpected')
    }
  }
  return (
    <Dialog title={message('create.title')} onClose={onClose}>
      <form onSubmit={(event) => void submit(event)}>
        <label class="field">
          <span>{message('create.name')}</span>
          <input
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
          <button type="submit" class="button primary" disabled={busy.value}>
            {message('create.submit')}
          </button>
        </div>
      </form>
    </Dialog>
  )
}
