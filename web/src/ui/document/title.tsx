// The title, kept in the shared map next to the text.
//
// A map keeps whole values: the last writer wins. So a title is sent when it is finished (Enter, or
// leaving the field, or a pause), not letter by letter, and while somebody types here the title
// under their hands is not replaced by another one.
import { useSignal } from '@preact/signals'
import { useEffect, useRef } from 'preact/hooks'
import { labelOf } from '../../api/documents'
import { message } from '../../i18n/message'
import { META } from '../../sync/session'
import { useDesk } from './desk'

const PAUSE = 1000
const LONGEST = 200

export function Title() {
  const { session, editor } = useDesk()
  const meta = session.doc.getMap<unknown>(META)
  const shared = useSignal('')
  const draft = useSignal<string | null>(null)
  const timer = useRef<ReturnType<typeof setTimeout> | undefined>(undefined)

  useEffect(() => {
    const read = () => {
      const title = meta.get('title')
      shared.value = typeof title === 'string' ? title : ''
    }
    read()
    meta.observe(read)
    return () => meta.unobserve(read)
  }, [meta])

  useEffect(() => {
    document.title = `${labelOf({ name: session.name, title: shared.value })} · cowrite`
  }, [shared.value])

  const send = () => {
    clearTimeout(timer.current)
    const title = draft.peek()?.trim()
    if (title !== undefined && title !== shared.peek()) meta.set('title', title)
  }

  return (
    <input
      class="title"
      type="text"
      aria-label={message('document.title')}
      placeholder={message('document.untitled')}
      maxLength={LONGEST}
      disabled={!session.ready.value || session.ending.value !== null}
      value={draft.value ?? shared.value}
      size={Math.min(40, Math.max(8, (draft.value ?? shared.value).length))}
      onInput={(event) => {
        draft.value = event.currentTarget.value
        clearTimeout(timer.current)
        timer.current = setTimeout(send, PAUSE)
      }}
      onBlur={() => {
        send()
        draft.value = null
      }}
      onKeyDown={(event) => {
        if (event.key === 'Enter' && !event.isComposing) {
          event.preventDefault()
          // At once, not on the next frame: the next key belongs to the text already.
          editor.peek()?.commands.setTextSelection(0)
          editor.peek()?.view.focus()
        }
        if (event.key === 'Escape') {
          clearTimeout(timer.current)
          draft.value = null
          event.currentTarget.blur()
        }
      }}
    />
  )
}
