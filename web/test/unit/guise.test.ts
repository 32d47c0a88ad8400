// Two people often had one colour and the same initials in a document: the colour came from the name
// alone, one of ten, whoever was there already.
import { signal } from '@preact/signals'
import { expect, it } from 'vitest'
import { Awareness, applyAwarenessUpdate, encodeAwarenessUpdate } from 'y-protocols/awareness'
import * as Y from 'yjs'
import { appear, colourAmong } from '../../src/people/guise'
import type { Identity } from '../../src/people/identity'
import { PALETTE } from '../../src/people/palette'
import { watchPresence } from '../../src/people/presence'

const [RED, BLUE, GREEN] = PALETTE
const wearer = (id: number, color: string, since: number) => ({ id, color, since })

it('is one’s own colour while nobody who came before wears it', () => {
  expect(colourAmong(wearer(1, RED, 5), [])).toBe(RED)
  expect(colourAmong(wearer(1, RED, 5), [wearer(2, BLUE, 1)])).toBe(RED)
  expect(colourAmong(wearer(1, RED, 5), [wearer(2, RED, 9)])).toBe(RED)
})

it('is a free colour when somebody came before in one’s own', () => {
  expect(colourAmong(wearer(1, RED, 5), [wearer(2, RED, 1)])).toBe(BLUE)
  expect(colourAmong(wearer(1, RED, 5), [wearer(2, RED.toUpperCase(), 1), wearer(3, BLUE, 9)])).toBe(GREEN)
  const last = PALETTE.at(-1) ?? RED
  expect(colourAmong(wearer(1, last, 5), [wearer(2, last, 1)])).toBe(RED)
})

it('changes for exactly one of two who came at the same moment', () => {
  const one = wearer(1, RED, 5)
  const other = wearer(2, RED, 5)
  expect(colourAmong(one, [other])).toBe(RED)
  expect(colourAmong(other, [one])).not.toBe(RED)
})

it('is kept when no colour is free', () => {
  const crowd = PALETTE.map((color, i) => wearer(i + 10, color, 1))
  expect(colourAmong(wearer(1, GREEN, 5), crowd)).toBe(GREEN)
})

/** Everybody's awareness, passed on to everybody, as the server does it. */
function room(...wishes: string[]) {
  const members = wishes.map((color, i) => {
    const awareness = new Awareness(new Y.Doc())
    const presence = watchPresence(awareness)
    const identity = signal<Identity>({ name: `Person ${i}`, color })
    const { guise, stop } = appear(awareness, presence.people, identity, 1000 + i)
    return { awareness, presence, identity, guise, stop }
  })
  let sent = 0
  const pass = (from: Awareness, to: Awareness) => {
    sent += 1
    applyAwarenessUpdate(to, encodeAwarenessUpdate(from, [from.clientID]), 'wire')
  }
  const meet = () => {
    for (const { awareness: from } of members) {
      from.on('update', (_changes: unknown, origin: unknown) => {
        if (origin === 'wire') return
        for (const { awareness: to } of members) if (to !== from) pass(from, to)
      })
    }
    for (const { awareness: from } of members)
      for (const { awareness: to } of members) if (to !== from) pass(from, to)
  }
  const end = () => {
    for (const member of members) {
      member.stop()
      member.presence.stop()
      member.awareness.destroy()
    }
  }
  return {
    members,
    meet,
    end,
    sent: () => sent,
    colours: () => members.map(({ guise }) => guise.value.color),
  }
}

it('is different for all in a room of as many as there are colours, and comes to rest', () => {
  const full = room(...PALETTE.map(() => RED))
  full.meet()
  expect(new Set(full.colours()).size).toBe(PALETTE.length)
  // The first keeps it, and everybody sees what everybody wears.
  expect(full.colours()[0]).toBe(RED)
  for (const { awareness, presence } of full.members) {
    for (const person of presence.people.value) {
      const member = full.members.find((other) => other.awareness.clientID === person.id)
      expect(person.color).toBe(member?.guise.value.color)
    }
    expect(presence.people.value.some(({ id }) => id === awareness.clientID)).toBe(false)
  }
  expect(full.sent()).toBeLessThan(PALETTE.length ** 3)
  full.end()
})

it('comes to rest also when there are more people than colours', () => {
  const crowd = room(...PALETTE.map(() => BLUE), BLUE, BLUE, BLUE)
  crowd.meet()
  expect(new Set(crowd.colours()).size).toBe(PALETTE.length)
  crowd.end()
})

it('stays when the colour one wished for becomes free, until one wishes anew', () => {
  const pair = room(RED, RED)
  pair.meet()
  const second = pair.members[1]
  expect(pair.colours()).toEqual([RED, BLUE])
  pair.members[0]?.awareness.setLocalState(null)
  expect(second?.guise.value.color).toBe(BLUE)
  if (second !== undefined) second.identity.value = { name: 'Grace', color: GREEN }
  expect(second?.guise.value).toEqual({ name: 'Grace', color: GREEN })
  expect(second?.awareness.getLocalState()?.user).toEqual({ name: 'Grace', color: GREEN, since: 1001 })
  pair.end()
})
