// The past in the place of the text. The editor stays where it is, hidden and untouched; this is a sheet
// of paper beside it that nothing can be written on.
import { useSignalEffect } from '@preact/signals'
import { useEffect, useRef } from 'preact/hooks'
import { freshIn, Paper } from '../../history/paper'
import { stepSaid } from '../../history/said'
import { type Picture, paint, type Step, stepsOf } from '../../history/told'
import { message } from '../../i18n/message'
import { explain } from '../../i18n/refusal'
import { useDesk } from '../document/desk'
import { isMod } from '../parts/keys'
import { pastOf, type Shown } from './past'

const still = matchMedia('(prefers-reduced-motion: reduce)')

interface Drawn {
  shown: Shown
  picture: Picture
  steps: Step[]
  fresh: { from: number; to: number } | null
}

export function PastSheet() {
  const desk = useDesk()
  const past = pastOf(desk)
  const host = useRef<HTMLDivElement>(null)
  const paper = useRef<Paper | null>(null)
  const drawn = useRef<Drawn | null>(null)

  useEffect(
    () => () => {
      paper.current?.destroy()
      paper.current = null
    },
    [],
  )

  // Browsers undo the last typing of a page wherever the focus is, also in an editor out of sight.
  useEffect(() => {
    const live = desk.editor.peek()?.view.dom
    const stop = (event: Event) => {
      event.preventDefault()
      event.stopPropagation()
    }
    const keys = (event: KeyboardEvent) => {
      const writes = event.target instanceof HTMLInputElement && event.target.type === 'text'
      if (!writes && isMod(event) && /^[zy]$/i.test(event.key)) event.preventDefault()
    }
    live?.addEventListener('beforeinput', stop, true)
    document.addEventListener('keydown', keys)
    return () => {
      live?.removeEventListener('beforeinput', stop, true)
      document.removeEventListener('keydown', keys)
    }
  }, [desk])

  useSignalEffect(() => {
    const shown = past.shown.value
    const step = past.step.value
    if (host.current === null || shown === null) return
    paper.current ??= new Paper(host.current, past.name)
    const before = drawn.current
    if (before?.shown !== shown) {
      const picture = paint(paper.current.schema, shown.content)
      const steps = stepsOf(picture.places)
      const fresh = past.sliding.peek() ? freshIn(before?.picture ?? null, picture) : null
      drawn.current = { shown, picture, steps, fresh }
      past.steps.value = steps.map(stepSaid)
      if (step >= steps.length) past.step.value = steps.length - 1
      past.writers.value = [...new Set(picture.tints.map(({ author }) => author.name))]
    }
    const now = drawn.current
    if (now === null) return
    const current = now.steps[step] ?? null
    paper.current.show({ picture: now.picture, step: current, fresh: now.fresh, colourOf: past.colourOf })
    if (current !== null) paper.current.scrollTo(current.from + 1, !still.matches)
    else if (now.fresh !== null && before?.shown !== shown) paper.current.scrollTo(now.fresh.from, false)
  })

  const failure = past.failure.value
  const shown = past.shown.value
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: Escape leads back from the text in it.
    <div
      class="sheet past-sheet"
      aria-busy={past.loading.value}
      onKeyDown={(event) => {
        if (event.key === 'Escape' && !event.defaultPrevented) past.leave()
      }}
    >
      {failure !== null && (
        <div class="history-trouble" role="alert">
          <h2>{message(past.baseFails.value ? 'history.failedBase' : 'history.failed')}</h2>
          <p>{explain(failure)}</p>
          <div class="ending-actions">
            <button type="button" class="button primary" onClick={() => past.again()}>
              {message('home.retry')}
            </button>
            <button type="button" class="button" onClick={() => past.leave()}>
              {message('history.back')}
            </button>
          </div>
        </div>
      )}
      {shown === null && failure === null && (
        <div class="waiting" role="status" aria-label={message('history.loading')}>
          <span class="bone title" />
          <span class="bone" />
          <span class="bone" />
          <span class="bone short" />
        </div>
      )}
      <div class="past-paper" ref={host} hidden={shown === null || failure !== null} />
    </div>
  )
}
