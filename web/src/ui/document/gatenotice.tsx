// Says why the document can only be read here, and what is not shown. A newer editor is a reload away
// only where the server has one: where it has the same, a reload is not offered.
import { useSignal } from '@preact/signals'
import { Lock } from 'lucide-preact'
import { useEffect } from 'preact/hooks'
import { counted, learnLater, message } from '../../i18n/message'
import { isNewest } from './build'
import { useDesk } from './desk'

const PAUSE = 500
/** Between two attempts to get the words. */
const RETRY = 5000
/** A name is the document's to choose: neither long nor many. */
const LONGEST = 30
const MOST = 3

function listed(names: string[]): string {
  const shown = names
    .slice(0, MOST)
    .map((name) => (name.length > LONGEST ? `${name.slice(0, LONGEST)}…` : name))
  return (names.length > MOST ? [...shown, '…'] : shown).join(', ')
}

export function GateNotice() {
  const { gate } = useDesk()
  // Its words come with those of later parts; in English they may take a moment, or until the line is back.
  const worded = useSignal(false)
  const closed = gate.value !== null
  useEffect(() => {
    if (!closed) return
    let timer: ReturnType<typeof setTimeout> | undefined
    let over = false
    const learn = () =>
      void learnLater().then(
        () => {
          worded.value = true
        },
        () => {
          if (!over) timer = setTimeout(learn, RETRY)
        },
      )
    learn()
    return () => {
      over = true
      clearTimeout(timer)
    }
  }, [closed])
  return closed && worded.value ? <Notice /> : null
}

function Notice() {
  const { gate, session } = useDesk()
  const missing = useSignal(0)
  const newest = useSignal(false)
  const closed = gate.value
  useEffect(() => {
    if (closed === null) return
    void isNewest().then((same) => {
      newest.value = same
    })
    const { doc } = session
    let timer: ReturnType<typeof setTimeout> | undefined
    const count = () => {
      timer = undefined
      missing.value = closed.missing?.() ?? 0
    }
    const later = () => {
      timer ??= setTimeout(count, PAUSE)
    }
    count()
    doc.on('update', later)
    return () => {
      clearTimeout(timer)
      doc.off('update', later)
    }
  }, [closed])
  if (closed === null) return null
  const nodes = listed(closed.names)
  const why = closed.failed
    ? message('gate.failed')
    : nodes !== ''
      ? message(newest.value ? 'gate.foreign.other' : 'gate.foreign', { nodes })
      : closed.newer
        ? message(newest.value ? 'gate.newer.other' : 'gate.newer')
        : message('gate.misplaced')
  // What stands wrong may be put right by whoever wrote it.
  const hopeful = !newest.value || (nodes === '' && !closed.newer)
  return (
    <div class={closed.failed ? 'banner bad' : 'banner'} role="alert" data-gate="closed">
      <Lock size={17} aria-hidden="true" />
      <span>
        {why} {missing.value > 0 && counted('gate.missing', missing.value)}
      </span>
      {hopeful && (
        <button type="button" onClick={() => location.reload()}>
          {message('gate.reload')}
        </button>
      )}
    </div>
  )
}
