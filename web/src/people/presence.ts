// Who else is in the document, read from awareness.
//
// What others announce is not trusted: names and colours are parsed, and a state that does not look
// like a person is nobody. The list is replaced only when it would read differently, so that a
// moving caret does not redraw the avatars.
import { type ReadonlySignal, signal } from '@preact/signals'
import type { Awareness } from 'y-protocols/awareness'
import { message } from '../i18n/message'
import type { Identity } from './identity'
import { tidyName } from './name'
import { colourFor, isColour } from './palette'

export interface Person extends Identity {
  id: number
  /** When they came, by their own clock; before everything for clients that do not say. */
  since: number
  /** True while their caret is in the text. */
  writing: boolean
  /** Nobody is at their page; false for clients that do not say. */
  idle: boolean
}

/** A person from an awareness state, or null when the state announces none. */
export function personOf(id: number, state: unknown): Person | null {
  const user = (state as { user?: { name?: unknown; color?: unknown; since?: unknown } } | null)?.user
  if (typeof user !== 'object' || user === null) return null
  const name = tidyName(user.name) ?? message('people.guest')
  const color = isColour(user.color) ? user.color : colourFor(name)
  const since = typeof user.since === 'number' && Number.isFinite(user.since) ? user.since : 0
  const cursor = (state as { cursor?: unknown }).cursor
  const idle = (state as { idle?: unknown }).idle === true
  return { id, name, color, since, idle, writing: typeof cursor === 'object' && cursor !== null }
}

const same = (a: Person[], b: Person[]): boolean =>
  a.length === b.length &&
  a.every((person, i) => {
    const other = b[i]
    return (
      other !== undefined &&
      person.id === other.id &&
      person.name === other.name &&
      person.color === other.color &&
      person.writing === other.writing &&
      person.idle === other.idle
    )
  })

/** Everybody but oneself, in a stable order; `stop` ends the watching. */
export function watchPresence(awareness: Awareness): { people: ReadonlySignal<Person[]>; stop: () => void } {
  const people = signal<Person[]>([])
  const read = () => {
    const found = [...awareness.getStates()]
      .filter(([id]) => id !== awareness.clientID)
      .map(([id, state]) => personOf(id, state))
      .filter((person) => person !== null)
      .sort((a, b) => a.id - b.id)
    if (!same(found, people.peek())) people.value = found
  }
  awareness.on('change', read)
  read()
  return { people, stop: () => awareness.off('change', read) }
}
