// A field for a comment. Ctrl or Cmd with Enter sends it, Escape goes back without it. What is written
// in it outlives it (comments/drafts.ts).
import { useSignal } from '@preact/signals'
import { useLayoutEffect, useRef } from 'preact/hooks'
import { LONGEST } from '../../comments/thread'
import { message } from '../../i18n/message'
import { useDesk } from '../document/desk'
import { composes, isMod } from '../parts/keys'

interface Props {
  /** What is written here, among the drafts. */
  purpose: string
  label: string
  /** On the button that sends. */
  submit: string
  text?: string
  /** Takes the focus when it appears. */
  eager?: boolean
  /** Buttons stand there only once something is written. */
  quiet?: boolean
  /** Sends it; false when it could not be, and is still to be sent. */
  onSend: (text: string) => boolean
  onCancel?: () => void
}

export function Composer({
  purpose,
  label,
  submit,
  text = '',
  eager = false,
  quiet = false,
  onSend,
  onCancel,
}: Props) {
  const { drafts } = useDesk().comments
  const begun = drafts.read(purpose)
  const draft = useSignal(begun ?? text)
  const field = useRef<HTMLTextAreaElement>(null)
  useLayoutEffect(() => {
    // What was begun in another field goes on here, unless one has gone elsewhere.
    const goesOn = begun !== null && begun !== text && document.activeElement === document.body
    const begins = eager && (begun === null || begun === text)
    if (!(goesOn || begins) || drafts.isOld(purpose) || field.current === null) return
    field.current.focus({ preventScroll: true })
    field.current.setSelectionRange(draft.peek().length, draft.peek().length)
  }, [])
  const empty = draft.value.trim() === ''
  const send = () => {
    const written = draft.peek().trim()
    if (written === '' || !onSend(written)) return
    drafts.drop(purpose)
    draft.value = ''
  }
  const cancel = () => {
    drafts.drop(purpose)
    draft.value = text
    onCancel?.()
  }
  return (
    <form
      class="composer"
      onSubmit={(event) => {
        event.preventDefault()
        send()
      }}
      onKeyDown={(event) => {
        if (composes(event)) return
        if (event.key === 'Enter' && isMod(event)) {
          event.preventDefault()
          send()
        } else if (event.key === 'Escape' && (onCancel !== undefined || !empty)) {
          event.preventDefault()
          event.stopPropagation()
          cancel()
        }
      }}
    >
      <textarea
        ref={field}
        rows={1}
        maxLength={LONGEST}
        aria-label={label}
        placeholder={label}
        value={draft.value}
        onInput={(event) => {
          const { value } = event.currentTarget
          draft.value = value
          if (quiet && value === '') drafts.drop(purpose)
          else drafts.write(purpose, value)
        }}
      />
      {(!quiet || !empty) && (
        <div class="composer-actions">
          {(onCancel !== undefined || !empty) && (
            <button type="button" class="button" onClick={cancel}>
              {message('dialog.cancel')}
            </button>
          )}
          <button type="submit" class="button primary" disabled={empty}>
            {submit}
          </button>
        </div>
      )}
    </form>
  )
}
