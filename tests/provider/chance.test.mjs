// Whatever people do in whatever order, on whatever line: in the end they agree. Each seed is another
// session; `SEEDS=7,8,9` names others than the usual ones.
import assert from 'node:assert/strict'
import { describe } from 'node:test'
import { setImmediate as breathe } from 'node:timers/promises'
import * as Y from 'yjs'
import { agreed } from './person.mjs'
import { story } from './story.mjs'
import { until } from './until.mjs'

const SEEDS = (process.env.SEEDS ?? '1,2,3').split(',').map(Number)
const ACTS = 600

/** Numbers that only look like chance (mulberry32), so that a failure can be told again. */
function dice(seed) {
  let state = seed
  return (below) => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return (((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296) * below | 0
  }
}

const WORDS = ['a', 'word ', 'ü', '🦊', '漢字', '\n', 'something longer than the others ']
const KEYS = ['x', 'y', 'z']

/** One of the shared arrays or maps of a document, not always at the root. */
function somewhere(doc, roll) {
  const map = doc.getMap('map')
  const nested = [map, ...[...map.values(), ...doc.getArray('array')].filter((value) => value instanceof Y.Map)]
  return nested[roll(nested.length)]
}

/** A place in a text, never inside a character: Yjs replaces halves of one by U+FFFD, each client by itself. */
function place(text, roll) {
  const units = text.toDelta().map(({ insert }) => (typeof insert === 'string' ? insert : '\uFFFC'))
  const at = roll(text.length + 1)
  return /[\uDC00-\uDFFF]/.test(units.join('').charAt(at)) ? at + 1 : at
}

/** A part of a text, from one place to another. */
function part(text, roll) {
  const ends = [place(text, roll), place(text, roll)]
  const start = Math.min(...ends)
  return [start, Math.max(...ends) - start]
}

const EDITS = [
  ({ text }, roll) => text.insert(place(text, roll), WORDS[roll(WORDS.length)]),
  ({ text }, roll) => text.insert(place(text, roll), WORDS[roll(WORDS.length)]),
  ({ text }, roll) => {
    const [start, length] = part(text, roll)
    if (length < 30) text.delete(start, length)
  },
  ({ text }, roll) => {
    const value = [true, null, { deep: roll(3) }][roll(3)]
    text.format(...part(text, roll), { [KEYS[roll(3)]]: value })
  },
  ({ text }, roll) => text.insertEmbed(place(text, roll), { embed: roll(9) }),
  ({ doc }, roll) => somewhere(doc, roll).set(KEYS[roll(3)], [roll(99), 'value', null, [1, { a: 2 }]][roll(4)]),
  ({ doc }, roll) => somewhere(doc, roll).set(KEYS[roll(3)], new Y.Map([[KEYS[roll(3)], roll(9)]])),
  ({ doc }, roll) => somewhere(doc, roll).delete(KEYS[roll(3)]),
  ({ doc }, roll) => {
    const array = doc.getArray('array')
    array.insert(roll(array.length + 1), [[roll(9), 'b', { c: roll(9) }], [new Y.Map([['in', roll(9)]])]][roll(2)])
  },
  ({ doc }, roll) => {
    const array = doc.getArray('array')
    if (array.length > 0) array.delete(roll(array.length))
  },
  ({ doc }, roll) => {
    const fragment = doc.getXmlFragment('xml')
    const element = new Y.XmlElement('p')
    element.setAttribute('n', roll(9))
    element.insert(0, [new Y.XmlText(WORDS[roll(WORDS.length)])])
    fragment.insert(roll(fragment.length + 1), [element])
  },
  ({ doc }, roll) => {
    const fragment = doc.getXmlFragment('xml')
    if (fragment.length === 0) return
    const element = fragment.get(roll(fragment.length))
    if (roll(3) === 0) fragment.delete(roll(fragment.length))
    else if (roll(2) === 0) element.setAttribute('n', roll(99))
    else element.get(0)?.insert(0, WORDS[roll(WORDS.length)], { em: roll(2) === 0 })
  },
  ({ undo }) => undo.undo(),
  ({ undo }) => undo.redo(),
]

function equip(person) {
  const { doc } = person
  const scope = [person.text, doc.getMap('map'), doc.getArray('array'), doc.getXmlFragment('xml')]
  person.undo = new Y.UndoManager(scope, { captureTimeout: 0 })
  return person
}

const look = ({ doc }) => [
  doc.getText('text').toDelta(),
  doc.getMap('map').toJSON(),
  doc.getArray('array').toJSON(),
  doc.getXmlFragment('xml').toString(),
]

describe('people who do as they please', { concurrency: 2 }, () => {
  for (const seed of SEEDS) {
    story(`agree in the end (seed ${seed})`, async ({ server, person }) => {
      const roll = dice(seed)
      const people = []
      for (const name of ['Anna', 'Ben', 'Carla']) people.push(equip(await person(name)))
      for (let act = 0; act < ACTS; act += 1) {
        const one = people[roll(people.length)]
        one.doc.transact(() => {
          for (let edits = roll(3); edits >= 0; edits -= 1) EDITS[roll(EDITS.length - 2)](one, roll)
        })
        if (roll(8) === 0) EDITS.at(-1 - roll(2))(one, roll)
        if (roll(30) === 0) one.wire.cut()
        if (roll(8) === 0) people[roll(people.length)].wire.mend()
        if (act === ACTS / 2) {
          await server.kill()
          await server.restart()
        }
        // Let the line carry something before the next act, or not.
        for (let breaths = roll(20); breaths > 0; breaths -= 1) await breathe()
      }
      for (const one of people) one.wire.mend()
      await until('all are back', () => people.every((one) => one.provider.synced))
      await agreed(people)
      for (const one of people) await one.saved()
      await server.kill()
      await server.restart()
      const late = await person('Late')
      await agreed([people[0], late])
      const expected = look(people[0])
      for (const one of [...people, late]) {
        assert.deepEqual(look(one), expected, one.name)
        assert.deepEqual(one.closes.filter((code) => code !== 1006), [], `${one.name} was not sent away`)
      }
    })
  }
})
