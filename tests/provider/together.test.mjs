import assert from 'node:assert/strict'
import { describe } from 'node:test'
import * as Y from 'yjs'
import { agreed } from './person.mjs'
import { story } from './story.mjs'
import { until } from './until.mjs'

describe('people in one document', { concurrency: 4 }, () => {
  story('two who write at the same time end up with the same text', async ({ person }) => {
    const anna = await person('Anna')
    const ben = await person('Ben')
    for (let word = 0; word < 100; word += 1) {
      anna.writes(`a${word} `, 0)
      ben.writes(`b${word} `)
      if (word % 10 === 0) await anna.saved()
    }
    await anna.saved()
    await ben.saved()
    await agreed([anna, ben])
    const words = anna.reads().trim().split(' ')
    assert.equal(words.length, 200)
    assert.equal(new Set(words).size, 200)
    assert.equal(ben.reads(), anna.reads())
  })

  story('who comes late reads everything that was written before', async ({ person }) => {
    const anna = await person('Anna')
    anna.writes('Es war einmal ein 🦊')
    anna.text.delete(0, 3)
    const late = await person('Late')
    await until('the late one has the text', () => late.reads() === 'war einmal ein 🦊')
    await agreed([anna, late])
  })

  story('who comes late finds a document that everybody had left', async ({ person }) => {
    const anna = await person('Anna')
    anna.writes('left behind')
    await anna.saved()
    await anna.leaves()
    const late = await person('Late')
    await until('the late one has the text', () => late.reads() === 'left behind')
  })

  story('words written before the first connection arrive with it', async ({ person }) => {
    const doc = new Y.Doc()
    doc.getText('text').insert(0, 'from the train')
    const anna = await person('Anna', { doc })
    const ben = await person('Ben')
    await until('Ben reads them', () => ben.reads() === 'from the train')
    await agreed([anna, ben])
  })

  story('an author is told of his own updates', async ({ person }) => {
    const anna = await person('Anna')
    const own = []
    anna.doc.on('update', (update, origin) => {
      if (origin !== anna.provider) own.push(update)
    })
    anna.writes('mine')
    anna.text.delete(1, 2)
    anna.writes(' again')
    const replay = new Y.Doc()
    await until('all came back', () => {
      for (const update of anna.relayed.splice(0)) Y.applyUpdate(replay, update)
      return Y.equalSnapshots(Y.snapshot(replay), Y.snapshot(anna.doc))
    })
    assert.equal(own.length, 3, 'the echo was not taken for news')
    assert.equal(anna.reads(), 'me again')
  })

  story('a barrier is answered with the same bytes, in order, after what came before it', async ({ person }) => {
    const anna = await person('Anna')
    const ben = await person('Ben')
    const tokens = [Uint8Array.of(), Uint8Array.of(0), Uint8Array.of(1, 2, 255), new Uint8Array(1024).fill(7)]
    const answers = []
    for (const [number, token] of tokens.entries()) {
      anna.writes(`${number}`)
      anna.barrier(token).then((bytes) => answers.push(bytes))
    }
    await until('all are answered', () => answers.length === tokens.length)
    assert.deepEqual(answers, tokens)
    await until('Ben reads what was saved', () => ben.reads() === '0123')
  })

  story('documents of other names stay other documents', async ({ person }) => {
    const names = ['a/b', 'a', 'Ärger über 漢字', 'a b', 'a.b', 'A']
    for (const name of names) {
      const one = await person(`writer of ${name}`, { document: name })
      one.writes(name)
      await one.saved()
    }
    for (const name of names) {
      const two = await person(`reader of ${name}`, { document: name })
      await until(`${name} is read`, () => two.reads() === name)
    }
  })
})
