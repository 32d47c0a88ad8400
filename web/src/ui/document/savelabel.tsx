// What is saved, in words. `data-state` holds the state by name.
//
// While somebody types, "saved" (or "kept") is true for an instant between two keys; it is shown only
// after it has held for a moment, so that the label does not flicker. All else is shown at once.
import { useSignal } from '@preact/signals'
import { Check, CloudOff, LoaderCircle, type LucideIcon, TriangleAlert } from 'lucide-preact'
import { useEffect } from 'preact/hooks'
import { type MessageKey, message } from '../../i18n/message'
import { elapsed } from '../../i18n/when'
import type { SaveState } from '../../sync/ledger'
import { useDesk } from './desk'

const FACES: Record<SaveState, [LucideIcon, MessageKey]> = {
  opening: [LoaderCircle, 'save.opening'],
  saving: [LoaderCircle, 'save.saving'],
  saved: [Check, 'save.saved'],
  offline: [CloudOff, 'save.offline'],
  'offline-keeping': [LoaderCircle, 'save.keeping'],
  'offline-kept': [CloudOff, 'save.kept'],
  'offline-unsaved': [TriangleAlert, 'save.unsaved'],
  denied: [TriangleAlert, 'save.denied'],
  ended: [CloudOff, 'save.ended'],
}

const HOLD = 300

const good = (state: SaveState): boolean => state === 'saved' || state === 'offline-kept'
const underWay = (state: SaveState): boolean => state === 'saving' || state === 'offline-keeping'

export function SaveLabel() {
  const { session, gate } = useDesk()
  const state = session.state.value
  const shown = useSignal<SaveState>(state)
  useEffect(() => {
    if (!good(state) || !underWay(shown.peek())) {
      shown.value = state
      return
    }
    const timer = setTimeout(() => {
      shown.value = state
    }, HOLD)
    return () => clearTimeout(timer)
  }, [state])
  // A state that claims more than is known must not outlive its truth, not even for a frame.
  const now = good(state) && underWay(shown.value) ? shown.value : state
  const [Icon, key] = FACES[now]
  const age = useSignal<string | null>(null)
  const hint = now === 'saved' ? (age.value ?? message('save.saved.hint')) : message(key)
  // How long ago is true for the moment in which one looks, and is not drawn again and again.
  const look = () => {
    const at = session.stored.peek()
    age.value = at === null ? null : message('save.saved.ago', { ago: elapsed(performance.now() - at) })
  }
  // Beside nothing at all it would say that nothing is what was saved.
  if (gate.value?.failed) return null
  return (
    <span class="save" data-state={now} role="status" title={hint} onPointerEnter={look}>
      <Icon size={16} aria-hidden="true" />
      <span>{message(key)}</span>
    </span>
  )
}
