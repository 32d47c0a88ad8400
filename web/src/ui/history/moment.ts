// Moments of history the way people say them, by Intl alone.
import { LOCALE, message } from '../../i18n/message'
import type { Past, Point } from './past'

const MINUTE = 60_000

const format = (time: number, options: Intl.DateTimeFormatOptions): string =>
  new Intl.DateTimeFormat(LOCALE, options).format(time)

/** "Today", "Yesterday", "Tuesday, 24 November". */
export function dayOf(time: number, now: number = Date.now()): string {
  const midnight = (at: number) => new Date(at).setHours(0, 0, 0, 0)
  const days = Math.round((midnight(now) - midnight(time)) / 86_400_000)
  if (days === 0) return message('history.today')
  if (days === 1) return message('history.yesterday')
  const year =
    new Date(time).getFullYear() === new Date(now).getFullYear() ? {} : { year: 'numeric' as const }
  return format(time, { weekday: 'long', day: 'numeric', month: 'long', ...year })
}

/** The time of a day; with seconds where a minute is too coarse. */
export const clockOf = (time: number, seconds = false): string =>
  format(time, { hour: 'numeric', minute: '2-digit', ...(seconds ? { second: '2-digit' as const } : {}) })

export const momentOf = (time: number, seconds = false): string =>
  message('history.moment', { day: dayOf(time), time: clockOf(time, seconds) })

/** Seconds are told of what is close together only. */
export const isFine = (from: number, to: number): boolean => Math.abs(to - from) < 5 * MINUTE

/** What a point in time is called. */
export function called(past: Past, point: Point): string {
  if (point.kind === 'now') return message('history.now')
  if (point.kind === 'moment') return momentOf(point.time, true)
  return point.version.name ?? momentOf(Date.parse(point.version.at), isCrowded(past, point.version.at))
}

/** Another version is of the same minute. */
export function isCrowded(past: Past, at: string): boolean {
  const minute = Math.floor(Date.parse(at) / MINUTE)
  return past.versions.value.filter((one) => Math.floor(Date.parse(one.at) / MINUTE) === minute).length > 1
}
