// The server has ended this page's access for good. What text is here can be read and taken along,
// but no more be written: what is typed now could not be kept. A deleted document can be restored,
// also by whoever comes to its address later, and each is told what is so for them: it was open here,
// this device has a copy of it, or there is nothing here to show.
import { useSignal } from '@preact/signals'
import { Download, Undo2 } from 'lucide-preact'
import { restoreDocument } from '../../api/documents'
import { type MessageKey, message } from '../../i18n/message'
import { explain, sentence } from '../../i18n/refusal'
import type { Ending } from '../../sync/session'
import { Mark } from '../parts/mark'
import { tell } from '../parts/toast'
import { useDesk } from './desk'

const DELETED = 4404

const TITLES: Record<number, MessageKey> = {
  4400: 'ending.refused',
  4401: 'ending.unauthorized',
  4403: 'ending.forbidden',
  [DELETED]: 'ending.deleted',
}

/** Hands a text over as a file; nothing leaves this device. */
function download(name: string, text: string): void {
  const url = URL.createObjectURL(new Blob([text], { type: 'text/plain;charset=utf-8' }))
  const link = document.createElement('a')
  link.href = url
  link.download = `${name.replace(/[^\p{L}\p{N}._-]+/gu, '-')}.txt`
  link.click()
  setTimeout(() => URL.revokeObjectURL(url), 10_000)
}

function explanation(ending: Ending, shown: boolean): string {
  if (ending.code !== DELETED) return sentence(ending.reason) || message('ending.hint')
  if (!shown) return message('ending.deleted.nothing')
  return message(ending.opened ? 'ending.deleted.hint' : 'ending.deleted.copy')
}

/** Above the text, when there is text. */
export function EndingNotice() {
  const { session, editor } = useDesk()
  const ending = session.ending.value
  if (ending === null || !session.ready.value) return null
  const text = () => editor.peek()?.getText({ blockSeparator: '\n\n' }) ?? ''
  return (
    <div class="ending" role="alert" data-code={ending.code}>
      <div>
        <h2>{message(TITLES[ending.code] ?? 'ending.other')}</h2>
        <p>
          {explanation(ending, true)}{' '}
          {ending.unsaved && ending.opened && editor.value !== null && message('ending.unsaved')}
        </p>
      </div>
      <div class="ending-actions">
        {editor.value !== null && (
          <button type="button" class="button" onClick={() => download(session.name, text())}>
            <Download size={16} aria-hidden="true" /> {message('ending.download')}
          </button>
        )}
        {ending.code === DELETED && <Restore name={session.name} />}
        <a class="button primary" href="/">
          {message('header.home')}
        </a>
      </div>
    </div>
  )
}

/** In the place of the text, when there is none: it will not come, however long one waits. */
export function EndingPage({ ending }: { ending: Ending }) {
  const { session } = useDesk()
  return (
    <div class="empty missing" role="alert" data-code={ending.code}>
      <Mark size={56} />
      <h2>{message(TITLES[ending.code] ?? 'ending.other')}</h2>
      <p>{explanation(ending, false)}</p>
      <div class="ending-actions">
        {ending.code === DELETED && <Restore name={session.name} />}
        <a class="button primary" href="/">
          {message('header.home')}
        </a>
      </div>
    </div>
  )
}

/** Brings the document back for everybody, and this page to it. Who comes second finds it restored. */
function Restore({ name }: { name: string }) {
  const busy = useSignal(false)
  const restore = async () => {
    busy.value = true
    try {
      await restoreDocument(name)
      location.reload()
    } catch (error) {
      busy.value = false
      tell(explain(error))
    }
  }
  return (
    <button type="button" class="button" disabled={busy.value} onClick={() => void restore()}>
      <Undo2 size={16} aria-hidden="true" /> {message('ending.restore')}
    </button>
  )
}
