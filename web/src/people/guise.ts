// How you look in one document: your name, in your colour unless somebody there wears it already.
//
// Two people in one colour cannot be told apart by it. Everybody decides for themselves, but by one
// rule over what all can see, so that of two in one colour exactly one changes: whoever came later,
// or has the higher id if they came at the same moment. Clients of other kinds do not say when they
// came; they never change, so they count as first. Whoever changed stays so when the colour becomes
// free again: people are known by the colour they are seen in. With more people than colours, some
// colours are worn twice.
import { effect, type ReadonlySignal, signal } from '@preact/signals'
import type { Awareness } from 'y-protocols/awareness'
import type { Identity } from './identity'
import { PALETTE } from './palette'
import type { Person } from './presence'

type Wearer = Pick<Person, 'id' | 'color' | 'since'>

const isBefore = (one: Wearer, other: Wearer): boolean =>
  one.since < other.since || (one.since === other.since && one.id < other.id)

/** The colour to wear among these others. */
export function colourAmong(me: Wearer, others: Wearer[]): string {
  const mine = me.color.toLowerCase()
  const wornBy = (colour: string) => others.filter((other) => other.color.toLowerCase() === colour)
  if (!wornBy(mine).some((other) => isBefore(other, me))) return me.color
  // From the own one onwards, so that people who wish for different colours look for others apart.
  const at = (PALETTE as readonly string[]).indexOf(mine)
  const inTurn = [...PALETTE.slice(at + 1), ...PALETTE.slice(0, at + 1)]
  return inTurn.find((colour) => wornBy(colour).length === 0) ?? me.color
}

/** Announces who one is, in the colour to wear; `now` is when one came. */
export function appear(
  awareness: Awareness,
  people: ReadonlySignal<Person[]>,
  identity: ReadonlySignal<Identity>,
  now: number = Date.now(),
): { guise: ReadonlySignal<Identity>; stop: () => void } {
  const guise = signal(identity.peek())
  let wished = identity.peek().color
  const stop = effect(() => {
    const { name, color: wish } = identity.value
    const current = wish === wished ? guise.peek().color : wish
    wished = wish
    const color = colourAmong({ id: awareness.clientID, color: current, since: now }, people.value)
    const before = awareness.getLocalState()?.user
    if (before !== undefined && name === guise.peek().name && color === guise.peek().color) return
    guise.value = { name, color }
    awareness.setLocalStateField('user', { name, color, since: now })
  })
  return { guise, stop }
}
