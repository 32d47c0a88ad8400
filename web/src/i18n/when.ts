// Times and sizes the way people say them, by Intl alone.
import { LOCALE, message } from './message'

// Made when they are first needed: the language is not known before that.
const relative = (count: number, unit: Intl.RelativeTimeFormatUnit): string =>
  new Intl.RelativeTimeFormat(LOCALE, { numeric: 'auto' }).format(count, unit)
const day = (at: number): string =>
  new Intl.DateTimeFormat(LOCALE, { day: 'numeric', month: 'short', year: 'numeric' }).format(at)
const full = (at: number): string =>
  new Intl.DateTimeFormat(LOCALE, { dateStyle: 'full', timeStyle: 'short' }).format(at)

/** The time of day: "10:32". */
export const clock = (at: number): string =>
  new Intl.DateTimeFormat(LOCALE, { hour: '2-digit', minute: '2-digit' }).format(at)

const MINUTE = 60
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR

/** "5 minutes ago", "yesterday", and after a month the date. */
export function when(time: string, now: number = Date.now()): string {
  const at = Date.parse(time)
  if (Number.isNaN(at)) return ''
  const seconds = Math.max(0, (now - at) / 1000)
  if (seconds < 45) return message('time.now')
  if (seconds < HOUR) return relative(-Math.max(1, Math.round(seconds / MINUTE)), 'minute')
  if (seconds < DAY) return relative(-Math.round(seconds / HOUR), 'hour')
  if (seconds < 31 * DAY) return relative(-Math.round(seconds / DAY), 'day')
  return day(at)
}

export function exactly(time: string): string {
  const at = Date.parse(time)
  return Number.isNaN(at) ? '' : full(at)
}

/** "120 ms", "8 sec", "3 min": how long, in the unit one would say it in. */
export function elapsed(milliseconds: number): string {
  const [value, unit] =
    milliseconds < 1000
      ? ([milliseconds, 'millisecond'] as const)
      : milliseconds < 60_000
        ? ([milliseconds / 1000, 'second'] as const)
        : milliseconds < 3_600_000
          ? ([milliseconds / 60_000, 'minute'] as const)
          : ([milliseconds / 3_600_000, 'hour'] as const)
  return new Intl.NumberFormat(LOCALE, { style: 'unit', unit, maximumFractionDigits: 0 }).format(value)
}

/** "33 MB", of bytes. */
export const megabytes = (bytes: number): string =>
  new Intl.NumberFormat(LOCALE, { style: 'unit', unit: 'megabyte', maximumFractionDigits: 1 }).format(
    bytes / 1_000_000,
  )

/** "Ada, Bob and Grace". */
export const listed = (names: string[]): string =>
  new Intl.ListFormat(LOCALE, { type: 'conjunction' }).format(names)

/** "3.4 kB": sizes are decimal, as disks are. */
export function size(bytes: number): string {
  const units = ['byte', 'kilobyte', 'megabyte', 'gigabyte'] as const
  let value = bytes
  let unit = 0
  while (value >= 999.5 && unit < units.length - 1) {
    value /= 1000
    unit += 1
  }
  return new Intl.NumberFormat(LOCALE, {
    style: 'unit',
    unit: units[unit] ?? 'byte',
    unitDisplay: unit === 0 ? 'long' : 'short',
    maximumFractionDigits: unit > 0 && value < 10 ? 1 : 0,
  }).format(value)
}
