// A slider over the moments of the document, and what plays it like a film: what was written appears as
// it did, pauses left out. It shows one moment after another as each has come from the server, so a slow
// line plays slowly and skips nothing.
import { useSignal } from '@preact/signals'
import { Pause, Play, SkipBack, SkipForward } from 'lucide-preact'
import { useEffect } from 'preact/hooks'
import { type Stop, stopAt } from '../../history/timeline'
import { message } from '../../i18n/message'
import { IconButton } from '../parts/button'
import { called, momentOf } from './moment'
import type { Past, Point } from './past'

const SPEEDS = [1, 2, 4] as const
const BEAT = 800

const pointOf = (stop: Stop): Point => {
  if (stop.now) return { kind: 'now' }
  return stop.version === null
    ? { kind: 'moment', time: stop.time }
    : { kind: 'version', version: stop.version }
}

/** Where a point is among the stops. */
function placeOf(past: Past, stops: Stop[]): number {
  const point = past.point.value
  if (point === null || point.kind === 'now') return stops.length - 1
  if (point.kind === 'version') {
    const found = stops.findIndex(({ version }) => version?.id === point.version.id)
    if (found !== -1) return found
  }
  return stopAt(stops, past.timeOf(point))
}

const rest = (time: number) => new Promise((resolve) => setTimeout(resolve, time))

async function play(past: Past, from: number, speed: () => number): Promise<void> {
  past.playing.value = true
  let before = ''
  for (let at = from; past.playing.peek(); at++) {
    // The list may grow meanwhile.
    const stops = past.stops.peek()
    const stop = stops[at]
    if (stop === undefined || stop.now) break
    past.look(pointOf(stop), true)
    const next = stops[at + 1]
    await past.settled()
    if (past.failure.peek() !== null) break
    const shown = JSON.stringify(past.shown.peek()?.content ?? null)
    const ahead = next === undefined ? undefined : past.prefetch(pointOf(next))
    // Where nothing happened there is nothing to wait for.
    if (shown !== before) await rest(BEAT / speed())
    before = shown
    await ahead
    // The film ends with the text itself.
    if (next?.now && past.playing.peek()) past.leave()
  }
  past.playing.value = false
}

export function Slider({ past }: { past: Past }) {
  const speed = useSignal<(typeof SPEEDS)[number]>(1)
  useEffect(
    () => () => {
      past.playing.value = false
    },
    [past],
  )
  const stops = past.stops.value
  const last = stops.length - 1
  if (last < 1) return null
  const at = placeOf(past, stops)
  const stop = stops[at] as Stop
  const playing = past.playing.value
  const goTo = (place: number) => {
    const found = stops[Math.min(last, Math.max(0, place))]
    if (found !== undefined) past.slide(pointOf(found))
  }
  const label = stop.now ? message('history.now') : momentOf(stop.time, true)
  const next = stops.slice(at).find(({ version }) => version !== null)?.version
  const writers = stop.now ? [] : (next?.authors ?? [])
  return (
    <section class="timeline" aria-label={message('history.timeline')}>
      <div class="timeline-buttons">
        <IconButton
          icon={SkipBack}
          class="turns"
          label={message('history.stepBack')}
          disabled={at === 0}
          onPress={() => goTo(at - 1)}
        />
        <IconButton
          icon={playing ? Pause : Play}
          class="play"
          label={message(playing ? 'history.pause' : 'history.play')}
          onPress={() => {
            if (playing) past.playing.value = false
            else void play(past, at >= last ? 0 : at, () => speed.peek())
          }}
        />
        <IconButton
          icon={SkipForward}
          class="turns"
          label={message('history.stepForward')}
          disabled={at === last}
          onPress={() => goTo(at + 1)}
        />
        <span class="timeline-label">
          <b>{label}</b>
          <span>{stop.version?.name ?? writers.join(', ')}</span>
        </span>
        <button
          type="button"
          class="speed"
          aria-label={message('history.speed', { speed: speed.value })}
          title={message('history.speed', { speed: speed.value })}
          onClick={() => {
            speed.value = SPEEDS[(SPEEDS.indexOf(speed.value) + 1) % SPEEDS.length] ?? 1
          }}
        >
          {speed.value}×
        </button>
      </div>
      <input
        type="range"
        min={0}
        max={last}
        step={1}
        value={at}
        style={{ '--part': `${(100 * at) / last}%` }}
        aria-label={message('history.timeline')}
        aria-valuetext={past.point.value === null ? message('history.now') : called(past, pointOf(stop))}
        onInput={(event) => goTo(Number(event.currentTarget.value))}
      />
    </section>
  )
}
