// Stands where the toolbar stands while the past is looked at: what is shown, the way through its
// changes, and the way back.
import {
  ArrowLeft,
  ChevronDown,
  ChevronUp,
  Copy,
  Download,
  Ellipsis,
  History,
  RotateCcw,
} from 'lucide-preact'
import { useEffect } from 'preact/hooks'
import type { Comparison } from '../../api/history'
import { counted, LOCALE, message } from '../../i18n/message'
import { useDesk } from '../document/desk'
import { IconButton } from '../parts/button'
import { Menu, MenuItem } from '../parts/menu'
import { copy, download } from './deeds'
import { called } from './moment'
import { pastOf } from './past'
import { RestoreDialog } from './restoredialog'

function summaryOf({ added, removed }: Comparison['counts'], changes: number): string {
  if (changes === 0) return message('history.noChanges')
  if (added.characters + removed.characters === 0) return counted('history.changes', changes)
  return message('history.summary', {
    added: counted('history.letters', added.characters),
    removed: removed.characters.toLocaleString(LOCALE),
  })
}

export function PastBar() {
  const desk = useDesk()
  const past = pastOf(desk)
  const point = past.point.value
  const steps = past.steps.value
  const step = past.step.value
  const shown = past.shown.value
  const telling = shown?.counts != null && !past.loading.value
  // What is shown says at once where its first change is.
  useEffect(() => {
    if (telling && steps.length > 0 && step === -1) past.step.value = 0
  }, [telling, shown, steps, step])
  if (point === null) return <div class="formatbar" />
  const goTo = (by: number) => {
    const count = steps.length
    if (count > 0) past.step.value = (Math.max(step, by > 0 ? -1 : 0) + by + count) % count
  }
  const base = past.baseOf(point)
  const summary = shown?.counts == null ? '' : summaryOf(shown.counts, steps.length)
  return (
    <div class="pastbar" role="region" aria-label={message('history.bar')}>
      <button type="button" class="button small back" onClick={() => leave()}>
        <ArrowLeft class="turns" size={16} aria-hidden="true" />
        <span>{message('history.back')}</span>
      </button>
      <span class="past-title">
        <b>{called(past, point)}</b>
        <span>
          {telling && base !== null
            ? message('history.since', { version: called(past, base), summary })
            : summary}
        </span>
      </span>
      <span class="grow" />
      {telling && steps.length > 0 && (
        <span class="past-steps">
          <span class="past-step" role="status">
            {step >= 0 && (
              <>
                <b>{message('history.step', { number: step + 1, count: steps.length })}</b> {steps[step]}
              </>
            )}
            {step < 0 && <b>{counted('history.changes', steps.length)}</b>}
          </span>
          <IconButton icon={ChevronUp} label={message('history.previous')} onPress={() => goTo(-1)} />
          <IconButton icon={ChevronDown} label={message('history.next')} onPress={() => goTo(1)} />
        </span>
      )}
      {desk.panel.value !== 'history' && (
        <IconButton
          icon={History}
          label={message('history.title')}
          onPress={() => (desk.panel.value = 'history')}
        />
      )}
      <Menu
        label={message('history.menu', { version: called(past, point) })}
        face={<Ellipsis size={17} aria-hidden="true" />}
        class="icon-button"
        placement="bottom-end"
      >
        <MenuItem
          label={message('history.copy')}
          icon={<Copy size={17} />}
          onChoose={() => void copy(past, point)}
        />
        <MenuItem
          label={message('history.download')}
          icon={<Download size={17} />}
          onChoose={() => download(past, point)}
        />
      </Menu>
      {point.kind !== 'now' && (
        <button type="button" class="button small primary" onClick={() => (past.asking.value = point)}>
          <RotateCcw size={15} aria-hidden="true" />
          <span>{message('history.restore.short')}</span>
        </button>
      )}
      {desk.panel.value !== 'history' && <RestoreDialog past={past} />}
    </div>
  )

  function leave() {
    past.leave()
    desk.editor.peek()?.view.focus()
  }
}
