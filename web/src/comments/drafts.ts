// What is written and not sent, by what it is for. A field may go with its card (the window narrows,
// somebody resolves or deletes the thread, sending fails); what was written in it stays until it is sent
// or put away. It is kept for this tab, so that it outlives a reload, too.
import { type ReadonlySignal, type Signal, signal } from '@preact/signals'

/** A new thread. */
export const NEW = 'new'
/** A reply in a thread. */
export const replyTo = (thread: string): string => `reply ${thread}`
/** A message that is being changed. */
export const changeOf = (message: string): string => `change ${message}`

/** So many letters are kept for the tab, the newest drafts first. */
const MOST = 100_000

export class Drafts {
  private readonly key: string
  private readonly texts: Map<string, string>
  /** What a former visit left, and nobody has gone on with. */
  private readonly old: Set<string>
  private left = ''
  private readonly all: Signal<ReadonlySet<string>>
  /** What something is written for; it moves when a draft begins or ends, not with its letters. */
  readonly begun: ReadonlySignal<ReadonlySet<string>>

  constructor(document: string) {
    this.key = `cowrite:drafts:${document}`
    this.texts = this.stored()
    this.left = this.texts.get(NEW) ?? ''
    this.texts.delete(NEW)
    this.old = new Set(this.texts.keys())
    this.all = signal(new Set(this.texts.keys()))
    this.begun = this.all
  }

  /** A new thread that a former visit left unsent: without its words it is not begun, and waits for others. */
  get former(): string {
    return this.left
  }

  /** Whether a draft stands here from a former visit: whoever comes now has not asked for its field. */
  isOld(purpose: string): boolean {
    return this.old.has(purpose)
  }

  read(purpose: string): string | null {
    return this.texts.get(purpose) ?? null
  }

  write(purpose: string, text: string): void {
    if (purpose === NEW) this.left = ''
    this.old.delete(purpose)
    const isNew = !this.texts.delete(purpose)
    this.texts.set(purpose, text)
    this.store()
    if (isNew) this.all.value = new Set(this.texts.keys())
  }

  drop(purpose: string): void {
    if (purpose === NEW) this.left = ''
    this.old.delete(purpose)
    const was = this.texts.delete(purpose)
    this.store()
    if (was) this.all.value = new Set(this.texts.keys())
  }

  private stored(): Map<string, string> {
    try {
      const rows: unknown = JSON.parse(sessionStorage.getItem(this.key) ?? '[]')
      const isDraft = (row: unknown): row is [string, string] =>
        Array.isArray(row) && typeof row[0] === 'string' && typeof row[1] === 'string'
      return new Map(Array.isArray(rows) ? rows.filter(isDraft) : [])
    } catch {
      return new Map()
    }
  }

  private store(): void {
    let room = MOST
    const old: [string, string][] = this.left === '' ? [] : [[NEW, this.left]]
    const rows = [...old, ...this.texts].reverse().filter(([, text]) => {
      room -= text.length
      return room >= 0
    })
    try {
      if (rows.length === 0) sessionStorage.removeItem(this.key)
      else sessionStorage.setItem(this.key, JSON.stringify(rows.reverse()))
    } catch {
      // Storage is refused: drafts live as long as the page.
    }
  }
}
