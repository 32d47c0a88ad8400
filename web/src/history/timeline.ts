// The moments a document can be looked at, in the order in which they were, for a slider.
//
// Time itself would be a poor slider: a document rests far longer than it is written in. A version is
// made in a pause, so what came since the one before was written shortly before it: there moments are
// taken, evenly, and the rest between is one step however long it was.
import type { Version, VersionId } from '../api/history'

/** Whether a version is what the document was; a branch is what one person had. */
export const isMoment = (version: Version): boolean => version.branch !== true

export interface Stop {
  /** In milliseconds. */
  time: number
  version: Version | null
  /** The text as it is. */
  now: boolean
}

/** Versions are made after this much work without a pause, so no stretch of work is longer. */
const LONGEST_WORK = 10 * 60_000
/** Moments between two versions, where there is room for them. */
const MOST_BETWEEN = 12
const SHORTEST_STEP = 250
/** All stops together; many versions have fewer moments between them. */
const MOST_STOPS = 600

/** Moments between two times, without both: evenly over the work that led to the second. */
export function between(from: number, to: number, most: number): number[] {
  const work = Math.min(to - from, LONGEST_WORK)
  const count = Math.min(most, Math.floor(work / SHORTEST_STEP) - 1)
  const moments: number[] = []
  for (let k = count; k > 0; k--) moments.push(Math.round(to - (k * work) / (count + 1)))
  return moments
}

interface Life {
  /** When the document began; null while older versions are not known yet. */
  created: string | null
  updated: string
}

/** The first whole millisecond of a document: before it there is nothing to show, not even emptiness. */
export const beginOf = (created: string): number => Date.parse(created) + 1

/** From versions, the newest first, and the life of the document. */
export function stopsOf(versions: Version[], { created, updated }: Life): Stop[] {
  const most = Math.min(MOST_BETWEEN, Math.max(0, Math.floor(MOST_STOPS / (versions.length + 1)) - 1))
  const stops: Stop[] = []
  const begin = created === null ? Number.NaN : beginOf(created)
  if (!Number.isNaN(begin)) stops.push({ time: begin, version: null, now: false })
  const goTo = (stop: Stop) => {
    const last = stops.at(-1)
    if (last !== undefined)
      for (const time of between(last.time, stop.time, most)) stops.push({ time, version: null, now: false })
    // What is at one moment is the same: the version tells more of it.
    if (last !== undefined && stop.time <= last.time && last.version === null) stops.pop()
    stops.push(stop)
  }
  for (const version of versions.filter(isMoment).reverse()) {
    const time = Date.parse(version.at)
    if (!Number.isNaN(time)) goTo({ time, version, now: false })
  }
  const end = Date.parse(updated)
  const last = stops.at(-1)
  if (last !== undefined && !(end > last.time)) stops.push({ time: last.time, version: null, now: true })
  else if (!Number.isNaN(end)) goTo({ time: end, version: null, now: true })
  return stops
}

/** The stop at or before a time; the first when there is none. */
export function stopAt(stops: Stop[], time: number): number {
  let low = 0
  let high = stops.length - 1
  while (low < high) {
    const middle = Math.ceil((low + high) / 2)
    if ((stops[middle]?.time ?? 0) <= time) low = middle
    else high = middle - 1
  }
  return low
}

export interface Day {
  /** Any moment of it. */
  time: number
  versions: Version[]
}

/** By the days of this device's clock, in the order in which they come. */
export function byDay(versions: Version[]): Day[] {
  const days: Day[] = []
  let current = ''
  for (const version of versions) {
    const at = new Date(version.at)
    const day = at.toDateString()
    if (day !== current) {
      days.push({ time: at.getTime(), versions: [] })
      current = day
    }
    days.at(-1)?.versions.push(version)
  }
  return days
}

/** A fresh first page beside what is known: the page wins, older ones stay, the newest come first. */
export function merge(known: Version[], page: Version[]): Version[] {
  const all = new Map<VersionId, Version>()
  for (const version of [...known, ...page]) all.set(version.id, version)
  const number = ({ id }: Version) => Number(String(id).replace('b', ''))
  const sorted = [...all.values()].sort((a, b) => number(b) - number(a))
  const branches = sorted.filter((version) => !isMoment(version))
  // One that is kept again keeps its number.
  branches.sort((a, b) => Date.parse(b.at) - Date.parse(a.at))
  const merged: Version[] = []
  // As the server lists them: versions by their numbers, branches and both together by their time.
  for (const version of sorted.filter(isMoment)) {
    while (branches[0] !== undefined && Date.parse(branches[0].at) >= Date.parse(version.at))
      merged.push(branches.shift() as Version)
    merged.push(version)
  }
  return [...merged, ...branches]
}

/** How much more the document takes since the version before; null when that is not known. */
export function growth(versions: Version[], version: Version): number | null {
  if (!isMoment(version)) return null
  const before = versions.slice(versions.indexOf(version) + 1).find(isMoment)
  return before === undefined || version.bytes <= before.bytes ? null : version.bytes - before.bytes
}
