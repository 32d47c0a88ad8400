import assert from 'node:assert/strict'
import { describe } from 'node:test'
import { agreed } from './person.mjs'
import { story } from './story.mjs'
import { until } from './until.mjs'

const RHYTHM = 3
const encoder = new TextEncoder()
const decoder = new TextDecoder()

/** Writes a word every few milliseconds, each with a barrier behind it; notes which were acknowledged. */
class Writer {
  written = []
  acknowledged = new Set()
  #timer
  #person

  constructor(person, letter) {
    this.#person = person
    this.#timer = setInterval(() => this.write(`${letter}${this.written.length}`), RHYTHM)
  }

  write(word) {
    const person = this.#person
    // Behind a space, so that no word is ever torn.
    const spaces = [...person.reads().matchAll(/ /g)]
    const at = spaces.length === 0 ? 0 : spaces[Math.floor(Math.random() * spaces.length)].index + 1
    person.writes(`${word} `, at)
    this.written.push(word)
    if (person.provider.wsconnected) {
      person.barrier(encoder.encode(word)).then((bytes) => this.acknowledged.add(decoder.decode(bytes)))
    }
  }

  rest() {
    clearInterval(this.#timer)
  }
}

const words = (person) => person.reads().trim().split(' ')

describe('when server or line fail', { concurrency: true }, () => {
  story('every word that was acknowledged or seen by others is there again', async ({ server, person }) => {
    const anna = await person('Anna')
    const ben = await person('Ben')
    const a = new Writer(anna, 'a')
    const b = new Writer(ben, 'b')
    await until('much is acknowledged', () => a.acknowledged.size > 150 && b.acknowledged.size > 150)
    await server.kill()
    await until('both notice', () => !anna.provider.wsconnected && !ben.provider.wsconnected)
    // So that it is the disk that is asked, not those who remember.
    anna.wire.cut()
    ben.wire.cut()
    await server.restart()
    const reader = await person('Reader')
    const saved = new Set(words(reader))
    const lost = (told) => [...told].filter((word) => !saved.has(word))
    assert.deepEqual(lost(a.acknowledged), [])
    assert.deepEqual(lost(b.acknowledged), [])
    assert.deepEqual(lost(words(ben).filter((word) => word.startsWith('a'))), [], 'Ben saw them')
    assert.deepEqual(lost(words(anna).filter((word) => word.startsWith('b'))), [], 'Anna saw them')

    const offline = a.written.length + 20
    await until('much is written offline', () => a.written.length > offline && b.written.length > offline)
    anna.wire.mend()
    ben.wire.mend()
    await Promise.all([anna.synced(), ben.synced()])
    a.rest()
    b.rest()
    await agreed([anna, ben, reader])
    const all = [...a.written, ...b.written].sort()
    assert.deepEqual(words(reader).sort(), all, 'each word once')
  })

  story('what was only typed is not lost either, as long as its author lives', async ({ server, person }) => {
    const anna = await person('Anna')
    anna.writes('first ')
    await anna.saved()
    for (let time = 0; time < 3; time += 1) {
      anna.writes(`on the way ${time} `)
      await server.kill()
      anna.writes(`into the dark ${time} `)
      await server.restart()
      await until('Anna is back', () => anna.provider.synced)
    }
    await anna.saved()
    await server.kill()
    await server.restart()
    const reader = await person('Reader')
    await agreed([anna, reader])
    assert.equal(reader.reads(), anna.reads())
  })

  story('offline edits of two people merge', async ({ person }) => {
    const anna = await person('Anna')
    const ben = await person('Ben')
    anna.writes('The quick fox')
    await until('Ben reads it', () => ben.reads() === 'The quick fox')
    anna.wire.cut()
    ben.wire.cut()
    await until('both notice', () => !anna.provider.wsconnected && !ben.provider.wsconnected)
    anna.writes(' brown', 'The quick'.length)
    ben.text.delete('The '.length, 'quick '.length)
    anna.wire.mend()
    ben.wire.mend()
    await until('both are back', () => anna.provider.synced && ben.provider.synced)
    await agreed([anna, ben])
    assert.match(anna.reads(), /^The ?.*brown.*fox$/)
    assert.ok(!anna.reads().includes('quick'))
  })

  story('who goes on typing while the provider reconnects is not sent away', async ({ person }) => {
    // The provider sends what is typed as soon as the socket is open, one answer of the server before
    // it sends what was typed offline: these updates lack what they build on, and nobody is to blame.
    const anna = await person('Anna')
    anna.writes('online, ')
    await anna.saved()
    anna.wire.cut()
    await until('Anna notices', () => !anna.provider.wsconnected)
    anna.writes('offline, ')
    const before = anna.closes.length
    const opened = new Promise((resolve) => {
      anna.provider.on('status', ({ status }) => {
        if (status !== 'connected') return
        for (const letter of 'and on again') anna.writes(letter)
        resolve()
      })
    })
    anna.wire.mend()
    await opened
    await until('Anna is back', () => anna.provider.synced)
    await anna.saved()
    const ben = await person('Ben')
    await agreed([anna, ben])
    assert.equal(ben.reads(), 'online, offline, and on again')
    // Attempts that met the cut line are not the server's doing.
    assert.deepEqual(anna.closes.slice(before).filter((code) => code !== 1006), [])
  })
})
