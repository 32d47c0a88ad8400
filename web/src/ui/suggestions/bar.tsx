// Above the text while there are suggestions: how many, the way through them, and a verdict on all.
// While one suggests oneself it says so, and leads back.
import { Check, ChevronDown, ChevronUp, PencilLine, X } from 'lucide-preact'
import type { Suggestion } from '../../editor/proposed'
import { counted, message } from '../../i18n/message'
import { useDesk } from '../document/desk'
import { IconButton } from '../parts/button'
import { canWrite, currentOf, setMode, settle, walk } from './acts'

export function SuggestionBar({ all }: { all: Suggestion[] }) {
  const desk = useDesk()
  const on = desk.suggesting.value
  const current = currentOf(desk)
  const place = all.findIndex(({ id }) => id === current) + 1
  const count = counted('suggest.count', all.length)
  return (
    <section class={on ? 'proposals on' : 'proposals'} aria-label={message('suggest.bar')}>
      {on && (
        <>
          <PencilLine size={16} aria-hidden="true" />
          <span class="proposals-mode" role="status">
            <span class="long">{message('suggest.on')}</span>
            <span class="short" aria-hidden="true">
              {message('suggest.on.short')}
            </span>
          </span>
        </>
      )}
      {all.length > 0 && (
        <>
          <span class="proposals-count">
            {place > 0 ? message('suggest.place', { place, count }) : count}
          </span>
          <IconButton
            icon={ChevronUp}
            label={message('suggest.previous')}
            shortcut="Mod-Alt-Shift-p"
            onPress={() => walk(desk, -1)}
          />
          <IconButton
            icon={ChevronDown}
            label={message('suggest.next')}
            shortcut="Mod-Alt-Shift-n"
            onPress={() => walk(desk, 1)}
          />
          {canWrite(desk) && (
            <>
              <button type="button" class="verdict" onClick={() => void settle(desk, 'accept', null)}>
                <Check size={15} aria-hidden="true" />
                {message('suggest.acceptAll')}
              </button>
              <button type="button" class="verdict" onClick={() => void settle(desk, 'reject', null)}>
                <X size={15} aria-hidden="true" />
                {message('suggest.rejectAll')}
              </button>
            </>
          )}
        </>
      )}
      {on && (
        <button type="button" class="verdict stop" onClick={() => void setMode(desk, false)}>
          {message('suggest.stop')}
        </button>
      )}
    </section>
  )
}
