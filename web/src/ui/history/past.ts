// What is looked at of a document's past: the versions that are known, the moment that stands in the
// place of the text, and what it is compared with. One for each open document.
//
// Everything here reads, but for what is called so: naming, restoring, copying. An answer that comes
// late, when something else is looked at already, is dropped.
import { batch, computed, effect, type ReadonlySignal, signal, untracked } from '@preact/signals'
import { Refusal } from '../../api/documents'
import {
  type At,
  type Comparison,
  compare,
  contentAt,
  lifeOf,
  listVersions,
  NOW,
  nameNow,
  nameVersion,
  type Told,
  type Version,
  type VersionId,
} from '../../api/history'
import { Colours } from '../../history/colours'
import { isMoment, merge, type Stop, stopsOf } from '../../history/timeline'
import type { Desk } from '../document/desk'

/** A place in time. */
export type Point = { kind: 'now' } | { kind: 'version'; version: Version } | { kind: 'moment'; time: number }

/** What is shown of it: told by the server, not yet drawn. */
export interface Shown {
  key: string
  point: Point
  content: Told[]
  counts: Comparison['counts'] | null
}

interface Life {
  created: string
  updated: string
}

/** So many answers are kept; moments of the past do not change. */
const KEPT = 80
/** What is written meanwhile is asked for after a pause, and versions that come without a word now and then. */
const FOLLOW_PAUSE = 2500
const FOLLOW_INTERVAL = 20_000
/** A moment that is looked at for less is not asked for; what changed then is more work to tell. */
const PASSING = 90
const PASSING_CHANGES = 250
/** What the server says of a moment that it has not. */
const MISSING = ['document_not_yet', 'history_gone', 'history_unreadable', 'version_not_found']
/** On a narrow screen the panel lies over the text. */
const NARROW = matchMedia('(max-width: 1020px)')

export const atOf = (point: Point): At => {
  if (point.kind === 'now') return NOW
  return point.kind === 'version' ? point.version.id : new Date(point.time).toISOString()
}

const same = (a: Point, b: Point): boolean => atOf(a) === atOf(b)

export class Past {
  readonly versions = signal<Version[]>([])
  /** What was written offline is missing in the list: the server cannot read it. */
  readonly lost = signal(false)
  readonly more = signal<string | null>(null)
  readonly life = signal<Life | null>(null)
  /** The list has been asked for and is on its way. */
  readonly listing = signal(true)
  readonly trouble = signal<unknown>(null)

  /** What stands in the place of the text; null is the text itself. */
  readonly point = signal<Point | null>(null)
  /** What it is compared with; null is the version before. */
  readonly base = signal<Point | null>(null)
  readonly changes = signal(true)
  readonly authors = signal(false)
  readonly playing = signal(false)
  /** The slider moves through time: moments are shown as they were, whatever is told of versions. */
  readonly sliding = signal(false)

  readonly shown = signal<Shown | null>(null)
  readonly loading = signal(false)
  readonly failure = signal<unknown>(null)
  /** It failed for what it is compared with: the point itself is there. */
  readonly baseFails = signal(false)
  /** Which change is looked at, and all of them, as the paper found them. */
  readonly step = signal(-1)
  readonly steps = signal<string[]>([])
  /** Who wrote what is shown, where that was asked for. */
  readonly writers = signal<(string | null)[]>([])
  readonly asking = signal<Point | null>(null)

  readonly stops: ReadonlySignal<Stop[]>
  private readonly colours = new Colours()
  private readonly kept = new Map<string, Shown>()
  private asked = new AbortController()
  private readonly turn = signal(0)
  private settling: Promise<void> = Promise.resolve()
  /** The point is one of many that a slider passes. */
  private passed = false
  private scrolled = 0

  constructor(readonly desk: Desk) {
    this.stops = computed(() => {
      const life = this.life.value
      if (life === null) return []
      const created = this.more.value === null ? life.created : null
      return stopsOf(this.versions.value, { created, updated: life.updated })
    })
    const known = computed(() => this.life.value !== null)
    effect(() => {
      const point = this.point.value
      desk.past.value = point !== null
      // Whatever of these changes, something else is to be shown.
      void [this.base.value, this.changes.value, this.authors.value, this.sliding.value, this.turn.value]
      // Until then there is nothing to compare with.
      void known.value
      untracked(() => {
        if (point !== null) this.settling = this.load(point)
        else {
          this.asked.abort()
          this.shown.value = null
        }
      })
    })
    // The way out on a wide screen is to close the panel; on a narrow one it closes to show the text.
    effect(() => {
      if (desk.panel.value !== 'history' && !NARROW.matches) this.leave()
    })
    effect(() => {
      if (desk.session.ending.value !== null) this.leave()
    })
  }

  get name(): string {
    return this.desk.session.name
  }

  colourOf = (name: string | null): string =>
    this.colours.of(name, [this.desk.me.value, ...this.desk.people.value])

  look(point: Point, sliding = false, passed = sliding): void {
    this.passed = passed
    if (this.point.peek() === null) this.scrolled = document.querySelector('.stage')?.scrollTop ?? 0
    batch(() => {
      this.step.value = -1
      this.sliding.value = sliding
      if (!sliding) this.playing.value = false
      this.point.value = point
    })
  }

  /** To a moment by the slider: who is shown what changed, or whose the words are, goes on being shown it. */
  slide(point: Point): void {
    this.playing.value = false
    const looking = this.point.peek() !== null && !this.sliding.peek()
    if (looking && (this.changes.peek() || this.authors.peek())) this.look(point, false, true)
    else if (point.kind === 'now') this.leave()
    else this.look(point, true)
  }

  /** What is looked at is shown, or cannot be. */
  settled(): Promise<void> {
    return this.settling
  }

  /** Back to the text as it is. */
  leave(): void {
    if (this.point.peek() === null) return
    requestAnimationFrame(() => document.querySelector('.stage')?.scrollTo(0, this.scrolled))
    batch(() => {
      this.playing.value = false
      this.sliding.value = false
      this.authors.value = false
      this.point.value = null
      this.base.value = null
      this.failure.value = null
      this.step.value = -1
    })
  }

  /** On a narrow screen, out of the way of what was chosen. */
  uncover(): void {
    if (NARROW.matches) this.desk.panel.value = null
  }

  again(): void {
    this.turn.value += 1
  }

  /** What a point is compared with; null when there is nothing before it. */
  baseOf(point: Point): Point | null {
    const chosen = this.base.value
    if (chosen !== null && !same(chosen, point)) return chosen
    const all = this.versions.value
    const before =
      point.kind === 'now'
        ? all.find(isMoment)
        : point.kind === 'version'
          ? all.slice(all.findIndex(({ id }) => id === point.version.id) + 1).find(isMoment)
          : all.find((version) => isMoment(version) && Date.parse(version.at) < point.time)
    if (before !== undefined) return { kind: 'version', version: before }
    // Nothing: the first letter may be as old as the document, and of that the page knows no microseconds.
    const time = Date.parse(this.life.value?.created ?? '') - 1
    return Number.isNaN(time) ? null : { kind: 'moment', time }
  }

  timeOf(point: Point): number {
    if (point.kind === 'moment') return point.time
    const at = point.kind === 'version' ? point.version.at : this.life.value?.updated
    const time = Date.parse(at ?? '')
    return Number.isNaN(time) ? Date.now() : time
  }

  private question(point: Point): {
    key: string
    ask: (signal: AbortSignal) => Promise<Omit<Shown, 'key' | 'point'>>
  } {
    const at = atOf(point)
    if (this.authors.value && !this.sliding.value)
      return {
        key: `authors ${at}`,
        ask: async (signal) => {
          const { content = [] } = await contentAt(this.name, at, true, signal)
          return { content, counts: null }
        },
      }
    const base = this.changes.value && !this.sliding.value ? this.baseOf(point) : null
    if (base === null)
      return {
        key: `content ${at}`,
        ask: async (signal) => {
          const { content = [] } = await contentAt(this.name, at, false, signal)
          return { content, counts: null }
        },
      }
    const [from, to] =
      this.timeOf(base) > this.timeOf(point) || base.kind === 'now' ? [point, base] : [base, point]
    return {
      key: `changes ${atOf(from)} ${atOf(to)}`,
      ask: (signal) => compare(this.name, atOf(from), atOf(to), signal),
    }
  }

  private async fetchShown(point: Point, signal: AbortSignal): Promise<Shown> {
    const { key, ask } = this.question(point)
    const known = this.kept.get(key)
    if (known !== undefined) return known
    const { content, counts } = await ask(signal)
    const shown = { key, point, content, counts }
    if (!key.includes(NOW)) {
      this.kept.set(key, shown)
      const oldest = this.kept.keys().next().value
      if (this.kept.size > KEPT && oldest !== undefined) this.kept.delete(oldest)
    }
    return shown
  }

  private async load(point: Point): Promise<void> {
    this.asked.abort()
    const asked = new AbortController()
    this.asked = asked
    this.loading.value = true
    // A slider that is being drawn passes moments that nobody looks at.
    const { key } = this.question(point)
    const passing = this.passed && !this.playing.value && !this.kept.has(key)
    const pause = key.startsWith('changes') ? PASSING_CHANGES : PASSING
    try {
      if (passing) await new Promise((resolve) => setTimeout(resolve, pause))
      if (asked.signal.aborted) return
      const shown = await this.fetchShown(point, asked.signal)
      if (asked.signal.aborted) return
      batch(() => {
        this.shown.value = shown
        this.failure.value = null
        this.loading.value = false
      })
    } catch (error) {
      if (asked.signal.aborted) return
      const isMissing = error instanceof Refusal && MISSING.includes(error.code)
      const baseFails = isMissing && key.startsWith('changes') && (await this.isThere(point, asked.signal))
      if (asked.signal.aborted) return
      batch(() => {
        this.baseFails.value = baseFails
        this.failure.value = error
        this.loading.value = false
      })
    }
  }

  /** Of two moments the server does not say which it has not. */
  private async isThere(point: Point, signal: AbortSignal): Promise<boolean> {
    const asked = contentAt(this.name, atOf(point), false, signal)
    return await asked.then(
      () => true,
      () => false,
    )
  }

  /** Asks ahead, for playing; what fails is asked for again when it is its turn. */
  async prefetch(point: Point): Promise<void> {
    await this.fetchShown(point, new AbortController().signal).catch(() => undefined)
  }

  /** The first page, or a look whether it is still the first. */
  async list(): Promise<void> {
    try {
      const [page, { info }] = await Promise.all([listVersions(this.name, null), lifeOf(this.name)])
      batch(() => {
        const known = this.versions.peek()
        // A page that does not reach what is known leaves a hole: then all begins anew.
        const meets = known.length === 0 || page.versions.some(({ id }) => id === known[0]?.id)
        if (known.length === 0 || !meets) this.more.value = page.next
        this.versions.value = meets ? merge(known, page.versions) : page.versions
        this.life.value = { created: info.created, updated: info.updated }
        this.lost.value = page.lost !== undefined
        this.trouble.value = null
      })
    } catch (error) {
      this.trouble.value = error
    } finally {
      this.listing.value = false
    }
  }

  async listMore(): Promise<void> {
    const cursor = this.more.peek()
    if (cursor === null || this.listing.peek()) return
    this.listing.value = true
    try {
      const page = await listVersions(this.name, cursor)
      batch(() => {
        this.versions.value = merge(this.versions.peek(), page.versions)
        this.more.value = page.next
        this.trouble.value = null
      })
    } catch (error) {
      this.trouble.value = error
    } finally {
      this.listing.value = false
    }
  }

  /** Keeps up with what is written while the panel is open. */
  follow(): () => void {
    let timer: ReturnType<typeof setTimeout> | undefined
    const look = async () => {
      await this.list()
      if (this.point.peek()?.kind === 'now' && !this.playing.peek()) this.again()
    }
    const changed = () => {
      clearTimeout(timer)
      timer = setTimeout(() => void look(), FOLLOW_PAUSE)
    }
    const { doc } = this.desk.session
    doc.on('update', changed)
    const interval = setInterval(() => {
      if (document.visibilityState === 'visible') void this.list()
    }, FOLLOW_INTERVAL)
    void this.list()
    return () => {
      clearTimeout(timer)
      clearInterval(interval)
      doc.off('update', changed)
    }
  }

  private put(version: Version): void {
    this.versions.value = merge(this.versions.peek(), [version])
    const point = this.point.peek()
    if (point?.kind === 'version' && point.version.id === version.id)
      this.point.value = { kind: 'version', version }
  }

  async nameNow(label: string): Promise<void> {
    this.put(await nameNow(this.name, label))
  }

  async rename(id: VersionId, label: string | null): Promise<void> {
    this.put(await nameVersion(this.name, id, label))
  }
}

const pasts = new WeakMap<Desk, Past>()

export function pastOf(desk: Desk): Past {
  const known = pasts.get(desk)
  if (known !== undefined) return known
  const past = new Past(desk)
  pasts.set(desk, past)
  return past
}
