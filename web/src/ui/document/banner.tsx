// Says that the connection is lost, once it has been lost for a moment: a blink that heals itself
// within a second is not worth a word. It waits for nothing else: typing on, or a server that opens
// connections only to drop them, does not put it off. What it promises depends on whether this device
// keeps edits; "offline" is said only where the browser says so, for the server may be what is away.
import { useSignal } from '@preact/signals'
import { CloudOff, Lock } from 'lucide-preact'
import { useEffect } from 'preact/hooks'
import { type MessageKey, message } from '../../i18n/message'
import { useDesk } from './desk'

const BLINK = 1200

/** The server's reason, where it is more than "not reachable". */
const TROUBLES: Record<number, MessageKey> = {
  1009: 'banner.full',
  1011: 'banner.storage',
  1013: 'banner.busy',
}

export function Banner() {
  const { session } = useDesk()
  const state = session.state.value
  const away = session.away.value
  const shown = useSignal(false)
  useEffect(() => {
    if (!away) {
      shown.value = false
      return
    }
    const timer = setTimeout(() => {
      shown.value = true
    }, BLINK)
    return () => clearTimeout(timer)
  }, [away])
  if (session.denied.value && !away) {
    return (
      <div class="banner bad" role="alert">
        <Lock size={17} aria-hidden="true" />
        <span>{message('banner.denied')}</span>
      </div>
    )
  }
  if (!away || !shown.value) return null
  const what: MessageKey = !session.ready.value
    ? 'banner.nothing'
    : state === 'offline-unsaved'
      ? 'banner.unkept'
      : (TROUBLES[session.trouble.value ?? 0] ?? (navigator.onLine ? 'banner.unreachable' : 'banner.offline'))
  return (
    <div class={state === 'offline-unsaved' ? 'banner bad' : 'banner'} role="alert">
      <CloudOff size={17} aria-hidden="true" />
      <span>{message(what)}</span>
      <button type="button" onClick={() => session.reconnect()}>
        {message('banner.reconnect')}
      </button>
    </div>
  )
}
