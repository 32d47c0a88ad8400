// Tells people who cannot see the avatars that somebody came or left: politely, and at most once
// every few seconds, however many come and go.
import { useSignal } from '@preact/signals'
import { useEffect, useRef } from 'preact/hooks'
import { message } from '../../i18n/message'
import { useDesk } from './desk'

const INTERVAL = 3000

export function Announcer() {
  const { people } = useDesk()
  const news = useSignal('')
  const known = useRef<Map<number, string> | null>(null)
  const timer = useRef<ReturnType<typeof setTimeout> | undefined>(undefined)
  const now = people.value
  useEffect(() => {
    clearTimeout(timer.current)
    timer.current = setTimeout(() => {
      const before = known.current
      known.current = new Map(now.map((person) => [person.id, person.name]))
      if (before === null) return
      const came = now.filter((person) => !before.has(person.id)).map((person) => person.name)
      const left = [...before].filter(([id]) => !known.current?.has(id)).map(([, name]) => name)
      news.value = [
        came.length > 0 ? message('announce.came', { names: came.join(', ') }) : '',
        left.length > 0 ? message('announce.left', { names: left.join(', ') }) : '',
      ].join(' ')
    }, INTERVAL)
    return () => clearTimeout(timer.current)
  }, [now])
  return (
    <div class="unseen" aria-live="polite">
      {news.value}
    </div>
  )
}
