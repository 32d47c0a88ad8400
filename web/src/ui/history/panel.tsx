// The panel of the document's history: a slider over time, how the past is shown, and the versions.
import { useEffect } from 'preact/hooks'
import { message } from '../../i18n/message'
import { useDesk } from '../document/desk'
import { SidePanel } from '../document/sidepanel'
import { called } from './moment'
import { atOf, type Past, type Point, pastOf } from './past'
import { RestoreDialog } from './restoredialog'
import { Slider } from './slider'
import { Versions } from './versions'

/** Shows the text itself as something that is looked at, where only that can show what is wished. */
const lookAtSomething = (past: Past) => {
  if (past.point.peek() === null) past.look({ kind: 'now' })
  past.sliding.value = false
}

function Ways({ past }: { past: Past }) {
  const looking = past.point.value !== null
  const telling = looking && !past.sliding.value
  return (
    <section class="ways">
      <label class="switch">
        <input
          type="checkbox"
          checked={telling && past.changes.value && !past.authors.value}
          onChange={(event) => {
            past.changes.value = event.currentTarget.checked
            past.authors.value = false
            if (event.currentTarget.checked) lookAtSomething(past)
            else if (past.point.peek()?.kind === 'now') past.leave()
          }}
        />
        {message('history.showChanges')}
      </label>
      {telling && past.changes.value && !past.authors.value && <Compared past={past} />}
      <label class="switch">
        <input
          type="checkbox"
          checked={telling && past.authors.value}
          onChange={(event) => {
            past.authors.value = event.currentTarget.checked
            if (event.currentTarget.checked) lookAtSomething(past)
          }}
        />
        {message('history.showAuthors')}
      </label>
      {telling && past.authors.value && past.writers.value.length > 0 && (
        <ul class="legend" aria-label={message('history.legend')}>
          {past.writers.value.map((name) => (
            <li key={name ?? ''} style={{ '--person': past.colourOf(name) }}>
              {name ?? message('history.somebody')}
            </li>
          ))}
        </ul>
      )}
    </section>
  )
}

/** What is looked at, and what with: two pickers. */
function Compared({ past }: { past: Past }) {
  const point = past.point.value as Point
  const base = past.base.value
  const before = past.baseOf(point)
  const find = (value: string): Point => {
    const version = past.versions.peek().find(({ id }) => String(id) === value)
    if (version !== undefined) return { kind: 'version', version }
    return value === 'now' ? { kind: 'now' } : { kind: 'moment', time: Date.parse(value) }
  }
  const options = (point: Point | null) => {
    const known: Point[] = [
      { kind: 'now' },
      ...past.versions.value.map((version): Point => ({ kind: 'version', version })),
    ]
    if (point?.kind === 'moment') known.push(point)
    return known.map((one) => (
      <option key={atOf(one)} value={String(atOf(one))}>
        {called(past, one)}
      </option>
    ))
  }
  return (
    <div class="compared">
      <label>
        <span>{message('history.shown')}</span>
        <select value={String(atOf(point))} onChange={(event) => past.look(find(event.currentTarget.value))}>
          {options(point)}
        </select>
      </label>
      <label>
        <span>{message('history.against')}</span>
        <select
          value={base === null ? '' : String(atOf(base))}
          onChange={(event) => {
            const { value } = event.currentTarget
            past.step.value = -1
            past.base.value = value === '' ? null : find(value)
          }}
        >
          <option value="">
            {before === null || before.kind === 'now' || base !== null
              ? message('history.before')
              : message('history.before.called', { version: called(past, before) })}
          </option>
          {options(base)}
        </select>
      </label>
    </div>
  )
}

export function HistoryPanel() {
  const past = pastOf(useDesk())
  useEffect(() => past.follow(), [past])
  return (
    <SidePanel title={message('history.title')} class="history">
      <Slider past={past} />
      <Ways past={past} />
      <Versions past={past} />
      <RestoreDialog past={past} />
    </SidePanel>
  )
}
