// The server has ended this page's access for good. What text is here can be read and taken along,
// but no more be written: what is typed now could not be kept. A deleted document can be restored,
// also by whoever comes to its address later, and each is told what is so for them: it was open here,
// this device has a copy of it, or there is nothing here to show. When somebody else restores it, this
// page comes back to it by itself, unless it holds words that a reload might lose.
import { useSignal } from '@preact/signals'
import { Download, Undo2 } from 'lucide-preact'
import { useEffect } from 'preact/hooks'
import { fileName, resourcePath } from '../../address'
import { call, restoreDocument } from '../../api/documents'
import { type MessageKey, message } from '../../i18n/message'
import { explain, sentence } from '../../i18n/refusal'
import type { Ending } from '../../sync/session'
import { handOver } from '../parts/download'
import { Mark } from '../parts/mark'
import { tell } from '../parts/toast'
import { useDesk } from './desk'

const REFUSED = 4400
const DELETED = 4404

const TITLES: Record<number, MessageKey> = {
  [REFUSED]: 'ending.refused',
  4401: 'ending.unauthorized',
  4403: 'ending.forbidden',
  [DELETED]: 'ending.deleted',
}

const downloadText = (name: string, text: string): void =>
  handOver(new Blob([text], { type: 'text/plain;charset=utf-8' }), fileName(name, '.txt'))

function explanation(ending: Ending, shown: boolean): string {
  if (ending.code !== DELETED) return sentence(ending.reason) || message('ending.hint')
  if (!shown) return message('ending.deleted.nothing')
  return message(ending.opened ? 'ending.deleted.hint' : 'ending.deleted.copy')
}

const RESTORED_CHECK = 5000

/** Looks whether a deleted document is there again, while somebody looks at the page; then opens it. */
function useReturn(name: string, ending: Ending | null): void {
  useEffect(() => {
    if (ending?.code !== DELETED) return
    const look = async () => {
      if (document.visibilityState !== 'visible') return
      try {
        await call(resourcePath(name))
        clearInterval(timer)
        if (!ending.unsaved) location.reload()
        else tell(message('ending.returned'), { label: message('ending.open'), run: () => location.reload() })
      } catch {
        // Still deleted, or the server is away: the next look tells.
      }
    }
    const timer = setInterval(() => void look(), RESTORED_CHECK)
    const seen = () => void look()
    document.addEventListener('visibilitychange', seen)
    return () => {
      clearInterval(timer)
      document.removeEventListener('visibilitychange', seen)
    }
  }, [name, ending])
}

/** The ways on from here. */
function Actions({ ending, text }: { ending: Ending; text?: () => string }) {
  const { session } = useDesk()
  return (
    <div class="ending-actions">
      {text !== undefined && (
        <button type="button" class="button" onClick={() => downloadText(session.name, text())}>
          <Download size={16} aria-hidden="true" /> {message('ending.download')}
        </button>
      )}
      {ending.code === DELETED && <Restore name={session.name} />}
      {ending.code === REFUSED && ending.unsaved && <Discard />}
      <a class="button primary" href="/">
        {message('header.home')}
      </a>
    </div>
  )
}

/** Above the text, when there is text. */
export function EndingNotice() {
  const { session, editor } = useDesk()
  const ending = session.ending.value
  useReturn(session.name, ending)
  if (ending === null || !session.ready.value) return null
  const text = () => editor.peek()?.getText({ blockSeparator: '\n\n' }) ?? ''
  return (
    <div class="ending" role="alert" data-code={ending.code}>
      <div>
        <h2>{message(TITLES[ending.code] ?? 'ending.other')}</h2>
        <p>
          {explanation(ending, true)}{' '}
          {ending.unsaved && ending.opened && editor.value !== null && message('ending.unsaved')}{' '}
          {ending.unsaved && ending.code === REFUSED && message('ending.discard.hint')}
        </p>
      </div>
      <Actions ending={ending} {...(editor.value === null ? {} : { text })} />
    </div>
  )
}

/** In the place of the text, when there is none: it will not come, however long one waits. */
export function EndingPage({ ending }: { ending: Ending }) {
  return (
    <div class="empty missing" role="alert" data-code={ending.code}>
      <Mark size={56} />
      <h2>{message(TITLES[ending.code] ?? 'ending.other')}</h2>
      <p>{explanation(ending, false)}</p>
      <Actions ending={ending} />
    </div>
  )
}

/**
 * Lets go of what this device keeps: the server refuses it again at each visit. Asked twice, for whatever
 * is nowhere else is gone then.
 */
function Discard() {
  const { session } = useDesk()
  const asked = useSignal(false)
  const busy = useSignal(false)
  const discard = async () => {
    busy.value = true
    try {
      await session.forget()
      location.reload()
    } catch (error) {
      busy.value = false
      tell(explain(error))
    }
  }
  if (!asked.value)
    return (
      <button
        type="button"
        class="button"
        onClick={() => {
          asked.value = true
        }}
      >
        <Undo2 size={16} aria-hidden="true" /> {message('ending.discard')}
      </button>
    )
  return (
    <>
      <span role="status">{message('ending.discard.sure')}</span>
      <button type="button" class="button danger" disabled={busy.value} onClick={() => void discard()}>
        {message('ending.discard.now')}
      </button>
      <button
        type="button"
        class="button"
        disabled={busy.value}
        onClick={() => {
          asked.value = false
        }}
      >
        {message('ending.discard.cancel')}
      </button>
    </>
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
