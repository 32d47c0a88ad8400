// What is behind a link to an own document: its title, how it begins, when it changed. Asked of this
// server only, once a minute at most for each document, and not at all for who moves on at once.
import { useEffect, useState } from 'preact/hooks'
import { type Glimpse, glimpse } from '../../api/links'
import { message } from '../../i18n/message'
import { when } from '../../i18n/when'
import '../../style/preview.css'

const FRESH = 60_000
const known = new Map<string, { at: number; seen: Glimpse | null }>()

type Answer = { seen: Glimpse | null } | 'asking' | 'failed'

function fresh(name: string): Answer {
  const kept = known.get(name)
  return kept !== undefined && Date.now() - kept.at < FRESH ? { seen: kept.seen } : 'asking'
}

export function Preview({ name }: { name: string }) {
  const [answer, say] = useState<Answer>(() => fresh(name))
  useEffect(() => {
    const kept = fresh(name)
    say(kept)
    if (kept !== 'asking') return
    const leaving = new AbortController()
    glimpse(name, leaving.signal).then(
      (seen) => {
        known.set(name, { at: Date.now(), seen })
        if (!leaving.signal.aborted) say({ seen })
      },
      () => {
        if (!leaving.signal.aborted) say('failed')
      },
    )
    return () => leaving.abort()
  }, [name])

  if (answer === 'asking') return <div class="preview waiting" aria-busy="true" />
  if (answer === 'failed') return <p class="preview hint">{message('preview.failed')}</p>
  const { seen } = answer
  if (seen === null) return <p class="preview hint">{message('preview.missing', { name })}</p>
  return (
    <div class="preview">
      <b>{seen.label}</b>
      {seen.beginning !== '' && <p>{seen.beginning}</p>}
      <small>{message('preview.changed', { when: when(seen.updated) })}</small>
    </div>
  )
}
