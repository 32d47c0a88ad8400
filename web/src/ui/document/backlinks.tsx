// Below the text: the documents that link here. It is not part of the text. Asked for when nothing else is
// to do, and again when somebody comes back to the page; nothing is shown while there is nothing to show.
import { useSignal } from '@preact/signals'
import { FileText } from 'lucide-preact'
import { useEffect } from 'preact/hooks'
import { documentPath } from '../../address'
import { backlinksOf, type Found } from '../../api/links'
import { message } from '../../i18n/message'
import '../../style/backlinks.css'
import { useDesk } from './desk'

/** After the first paint and the first keys. */
const LATER = 1200
const FRESH = 10_000

export function Backlinks() {
  const { session } = useDesk()
  const found = useSignal<Found[]>([])
  useEffect(() => {
    const leaving = new AbortController()
    let answered = 0
    // A document that nobody has written in is not there yet; nothing that is known links to it.
    const isThere = () => session.state.peek() === 'saved' && session.doc.store.clients.size > 0
    const ask = async () => {
      if (Date.now() - answered < FRESH || !isThere()) return
      try {
        const links = await backlinksOf(session.name, leaving.signal)
        answered = Date.now()
        found.value = links.filter(({ name }) => name !== session.name)
      } catch {
        // What was known stays; the next return asks again.
      }
    }
    const timer = setTimeout(ask, LATER)
    addEventListener('focus', ask)
    return () => {
      clearTimeout(timer)
      leaving.abort()
      removeEventListener('focus', ask)
    }
  }, [session])

  if (found.value.length === 0) return null
  return (
    <nav class="backlinks" aria-label={message('backlinks.label')}>
      <h2>{message('backlinks.label')}</h2>
      <ul>
        {found.value.map(({ name, label }) => (
          <li key={name}>
            <a href={documentPath(name)}>
              <FileText size={15} aria-hidden="true" />
              <span>{label}</span>
            </a>
          </li>
        ))}
      </ul>
    </nav>
  )
}
