// The threads of one document, read from its shared map (writing.ts writes them).
//
// They travel, merge and are kept as the text is, because they are part of the same document. The
// list is made anew only where something changed: a thread that did not is the same object as before.
import { type ReadonlySignal, signal } from '@preact/signals'
import type * as Y from 'yjs'
import { MESSAGES, MESSAGES_IN_ALL, type Message, MOST, type Thread, threadOf } from './thread'

export class Threads {
  readonly list: ReadonlySignal<Thread[]>
  /** There are more than can be shown. */
  readonly cut: ReadonlySignal<boolean>
  private readonly known = new Map<string, Thread>()
  /** Threads that went while this page was open. */
  private readonly gone = new Map<string, Thread>()
  /** Messages that went while this page was open, of threads that did not. */
  private readonly taken = new Map<string, Message[]>()

  constructor(readonly shared: Y.Map<unknown>) {
    const list = signal<Thread[]>([])
    const cut = signal(false)
    this.list = list
    this.cut = cut
    let messages = 0
    /** What there was no room for, or not for all of it. */
    const skipped = new Set<string>()
    const take = (id: string, thread: Thread | null) => {
      const before = this.known.get(id)
      messages += (thread?.messages.length ?? 0) - (before?.messages.length ?? 0)
      if (thread !== null) {
        this.miss(before ?? this.gone.get(id), thread)
        this.known.set(id, thread)
        this.gone.delete(id)
      } else if (before !== undefined) {
        this.known.delete(id)
        this.gone.set(id, before)
      }
    }
    const readOne = (id: string) => {
      const before = this.known.get(id)
      const room = MESSAGES_IN_ALL - messages + (before?.messages.length ?? 0)
      const isFull = room <= 0 || (before === undefined && this.known.size >= MOST)
      const thread = isFull ? null : threadOf(id, shared.get(id), room)
      if (!isFull) take(id, thread)
      if (isFull ? shared.has(id) : (thread?.messages.length ?? 0) >= room) skipped.add(id)
      else skipped.delete(id)
    }
    const read = (ids: Iterable<string>) => {
      for (const id of ids) readOne(id)
      const hasRoom = () => messages < MESSAGES_IN_ALL
      for (const id of hasRoom() ? [...skipped] : []) if (hasRoom()) readOne(id)
      cut.value = skipped.size > 0
      list.value = [...this.known.values()].sort((a, b) => (a.at < b.at ? -1 : a.at > b.at ? 1 : 0))
    }
    read(shared.keys())
    shared.observeDeep((events) => {
      const changed = new Set<string>()
      for (const event of events) {
        const [id] = event.path
        if (id !== undefined) changed.add(String(id))
        else for (const key of event.changes.keys.keys()) changed.add(key)
      }
      read(changed)
    })
  }

  private miss(before: Thread | undefined, now: Thread): void {
    const stays = new Set(now.messages.map(({ id }) => id))
    const all = [...this.takenFrom(now.id), ...(before?.messages ?? [])].filter(({ id }) => !stays.has(id))
    if (all.length > 0) this.taken.set(now.id, all.slice(-MESSAGES))
    else this.taken.delete(now.id)
  }

  /** Whether there is something of this id, be it a thread that can be shown or not. */
  has(id: string): boolean {
    return this.shared.has(id)
  }

  get isFull(): boolean {
    return this.known.size >= MOST || this.cut.peek()
  }

  /** Threads as they were before they were deleted, as far as that was seen here. */
  get former(): Thread[] {
    return [...this.gone.values()]
  }

  /** Messages that were taken out of a thread, as far as that was seen here. */
  takenFrom(id: string): readonly Message[] {
    return this.taken.get(id) ?? []
  }
}
