// Times and sizes the way people say them, by Intl alone.
import { LOCALE, message } from './message'

const relative = new Intl.RelativeTimeFormat(LOCALE, { numeric: 'auto' })
const day = new Intl.DateTimeFormat(LOCALE, { day: 'numeric', month: 'short', year: 'numeric' })
const full = new Intl.DateTimeFormat(LOCALE, { dateStyle: 'full', timeStyle: 'short' })

const MINUTE = 60
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR

/** "5 minutes ago", "yesterday", and after a month the date. */
export function when(time: string, now: number = Date.now()): string {
  const at = Date.parse(time)
  if (Number.isNaN(at)) return ''
  const seconds = Math.max(0, (now - at) / 1000)
  if (seconds < 45) return message('time.now')
  if (seconds < HOUR) return relative.format(-Math.max(1, Math.round(seconds / MINUTE)), 'minute')
  if (seconds < DAY) return relative.format(-Math.round(seconds / HOUR), 'hour')
  if (seconds < 31 * DAY) return relative.format(-Math.round(seconds / DAY), 'day')
  return day.format(at)
}

export function exactly(time: string): string {
  const at = Date.parse(time)
  return Number.isNaN(at) ? '' : full.format(at)
}

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
