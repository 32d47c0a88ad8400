// The server has ended this page's access for good. The text is still here, to be read and taken
// along, but no more to be written: what is typed now could not be kept.
import { Download } from 'lucide-preact'
import { type MessageKey, message } from '../../i18n/message'
import { useDesk } from './desk'

const TITLES: Record<number, MessageKey> = {
  4400: 'ending.refused',
  4401: 'ending.unauthorized',
  4403: 'ending.forbidden',
  4404: 'ending.deleted',
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

export function EndingNotice() {
  const { session, editor } = useDesk()
  const ending = session.ending.value
  if (ending === null) return null
  const text = () => editor.peek()?.getText({ blockSeparator: '\n\n' }) ?? ''
  return (
    <div class="ending" role="alert" data-code={ending.code}>
      <div>
        <h2>{message(TITLES[ending.code] ?? 'ending.other')}</h2>
        <p>
          {ending.code === 4404 ? message('ending.deleted.hint') : ending.reason || message('ending.hint')}{' '}
          {ending.unsaved && editor.value !== null && message('ending.unsaved')}
        </p>
      </div>
      <div class="ending-actions">
        {editor.value !== null && (
          <button type="button" class="button" onClick={() => download(session.name, text())}>
            <Download size={16} aria-hidden="true" /> {message('ending.download')}
          </button>
        )}
        <a class="button primary" href="/">
          {message('header.home')}
        </a>
      </div>
    </div>
  )
}
