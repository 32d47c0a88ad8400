// Another title for a document of the list, without opening it. The name stays: it is the address that
// others have. Without a title a document goes by its first words. The list tells a very long title only in
// part, and another takes the place of all of it: that is said.
import { useSignal } from '@preact/signals'
import { useId } from 'preact/hooks'
import { renameDocument } from '../../api/documents'
import { message } from '../../i18n/message'
import { explain } from '../../i18n/refusal'
import { wholeLetters } from '../../letters'
import { LONGEST_TITLE } from '../../title'
import { Dialog } from '../parts/dialog'
import type { Entry } from './found'

interface Props {
  entry: Entry
  onClose: () => void
  /** The title as the server has it now. */
  onRenamed: (entry: Entry, title: string | null) => void
}

export function RenameDialog({ entry, onClose, onRenamed }: Props) {
  const title = useSignal(entry.title ?? '')
  const failure = useSignal<string | null>(null)
  const busy = useSignal(false)
  const hint = useId()
  const isCut = [...(entry.title ?? '')].length >= LONGEST_TITLE
  const rename = async () => {
    if (busy.peek()) return
    const wanted = wholeLetters(title.peek()).trim()
    if (wanted === (entry.title?.trim() ?? '')) return onClose()
    busy.value = true
    try {
      onRenamed(entry, (await renameDocument(entry.name, wanted)).title)
    } catch (error) {
      busy.value = false
      failure.value = explain(error)
    }
  }
  return (
    <Dialog title={message('rename.title')} onClose={onClose}>
      <form
        noValidate
        onSubmit={(event) => {
          event.preventDefault()
          void rename()
        }}
      >
        <label class="field">
          <span>{message('document.title')}</span>
          <input
            type="text"
            dir="auto"
            autocomplete="off"
            maxLength={LONGEST_TITLE}
            placeholder={message('document.untitled')}
            aria-describedby={hint}
            aria-invalid={failure.value !== null}
            value={title.value}
            onInput={(event) => {
              title.value = event.currentTarget.value
              failure.value = null
            }}
          />
        </label>
        <p
          id={hint}
          class={failure.value === null ? 'hint' : 'hint bad'}
          role={failure.value ? 'alert' : undefined}
        >
          {failure.value ??
            (isCut ? `${message('rename.cut')} ${message('rename.hint')}` : message('rename.hint'))}
        </p>
        <div class="dialog-actions">
          <button type="button" class="button" onClick={onClose}>
            {message('dialog.cancel')}
          </button>
          <button type="submit" class="button primary" disabled={busy.value}>
            {message('rename.submit')}
          </button>
        </div>
      </form>
    </Dialog>
  )
}
