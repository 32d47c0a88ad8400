// "Ada changed this since you were here yesterday": said once on coming back, when others did. It asks
// the server only when this device has been here before, and what it cannot learn it does not say.
import { useSignal } from '@preact/signals'
import { History } from 'lucide-preact'
import { useEffect, useRef } from 'preact/hooks'
import { lastSeen, noteSeen } from '../../history/seen'
import { message } from '../../i18n/message'
import { listed, when } from '../../i18n/when'
import { CONTENT } from '../../sync/session'
import { useDesk } from './desk'

interface News {
  /** By the server's clock, and by ours. */
  at: number
  here: number
  names: string[]
}

/** So many are named; more are counted. */
const NAMED = 3
/** Coming back to an open page after this long is a visit of its own. */
const ABSENCE = 30 * 60_000

export function Since() {
  const desk = useDesk()
  const { session } = desk
  const news = useSignal<News | null>(null)
  const looked = useRef(false)
  const skew = useRef(0)
  // The server has said that the document is there: of a deleted one there is nothing to ask.
  const state = session.state.value
  const ready = state === 'saved' || state === 'saving'
  useEffect(() => {
    if (!ready) return
    let gone = false
    let hiddenAt = 0
    const note = () => {
      // Where nothing is written yet, nothing was seen.
      if (session.ending.peek() !== null || session.doc.getXmlFragment(CONTENT).length === 0) return
      noteSeen(session.name, { at: Date.now() + skew.current, name: desk.me.peek().name })
    }
    const look = async () => {
      const seen = lastSeen(session.name)
      if (seen === null) return
      const { newsSince } = await import('../../history/news')
      const found = await newsSince(session.name, seen, desk.me.peek().name)
      skew.current = found.skew
      if (!gone && found.others !== null)
        news.value = { at: seen.at, here: seen.at - found.skew, names: found.others }
    }
    const turned = () => {
      if (document.visibilityState === 'hidden') {
        hiddenAt = Date.now()
        note()
      } else if (hiddenAt > 0 && Date.now() - hiddenAt > ABSENCE) void look().catch(() => undefined)
    }
    // What cannot be learnt now is in the history all the same.
    if (!looked.current) void look().catch(() => undefined)
    looked.current = true
    document.addEventListener('visibilitychange', turned)
    addEventListener('pagehide', note)
    return () => {
      gone = true
      // The line is lost: from here on nothing is seen.
      note()
      document.removeEventListener('visibilitychange', turned)
      removeEventListener('pagehide', note)
    }
  }, [ready, session])

  const { value } = news
  if (value === null) return null
  const time = when(new Date(value.here).toISOString())
  const words =
    value.names.length === 0
      ? message('since.somebody', { time })
      : value.names.length > NAMED
        ? message('since.many', { count: value.names.length, time })
        : message('since.people', { names: listed(value.names), time })
  const dismiss = () => {
    news.value = null
  }
  return (
    <div class="banner since" role="status">
      <History size={17} aria-hidden="true" />
      <span>{words}</span>
      <button
        type="button"
        onClick={async () => {
          dismiss()
          const { lookSince } = await import('../history/entry')
          lookSince(desk, value.at)
        }}
      >
        {message('since.see')}
      </button>
      <button type="button" onClick={dismiss}>
        {message('since.dismiss')}
      </button>
    </div>
  )
}
