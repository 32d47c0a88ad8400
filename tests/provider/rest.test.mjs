import assert from 'node:assert/strict'
import { describe } from 'node:test'
import * as Y from 'yjs'
import { agreed } from './person.mjs'
import { story } from './story.mjs'
import { until } from './until.mjs'

const TEXT = '/content?format=text&root=text'

describe('the same document by HTTP', { concurrency: true }, () => {
  story('reads as its provider reads it', async ({ server, document, person }) => {
    const anna = await person('Anna')
    anna.writes('Grüße,\n\n漢字 and 🦊🦊 and\ttabs ')
    anna.text.delete(2, 3)
    anna.text.format(0, 4, { bold: true })
    anna.writes(' end\n')
    await anna.saved()
    const answer = await server.ask('GET', document, TEXT)
    assert.equal(answer.status, 200)
    assert.equal(await answer.text(), anna.reads())
    const state = await server.ask('GET', document, '/content?format=yjs')
    const copy = new Y.Doc()
    Y.applyUpdate(copy, new Uint8Array(await state.arrayBuffer()))
    assert.ok(Y.equalSnapshots(Y.snapshot(copy), Y.snapshot(anna.doc)))
    assert.deepEqual(copy.getText('text').toDelta(), anna.text.toDelta())
  })

  story('takes updates, and its people see them', async ({ server, document, person }) => {
    const anna = await person('Anna')
    anna.writes('by socket')
    await anna.saved()
    const known = Y.encodeStateVector(anna.doc)
    const robot = new Y.Doc()
    Y.applyUpdate(robot, Y.encodeStateAsUpdate(anna.doc))
    robot.getText('text').insert(0, 'by HTTP, then ')
    const body = Y.encodeStateAsUpdate(robot, known)
    const posted = await server.ask('POST', document, '/updates', { method: 'POST', body })
    assert.equal(posted.status, 204)
    await until('Anna reads it', () => anna.reads() === 'by HTTP, then by socket')
    const since = Buffer.from(known).toString('base64url')
    const diff = await server.ask('GET', document, `/updates?since=${since}`)
    const behind = new Y.Doc()
    Y.applyUpdate(behind, Y.encodeStateAsUpdate(anna.doc, Y.encodeStateVector(new Y.Doc())))
    Y.applyUpdate(behind, new Uint8Array(await diff.arrayBuffer()))
    assert.ok(Y.equalSnapshots(Y.snapshot(behind), Y.snapshot(robot)))
  })

  story('is listed with the people in it', async ({ server, document, person }) => {
    const anna = await person('Anna')
    const ben = await person('Ben')
    anna.doc.getMap('meta').set('title', 'What we know')
    anna.writes('x')
    await anna.saved()
    await agreed([anna, ben])
    const described = async () => (await server.ask('GET', document)).json()
    await until('it has two people', async () => (await described()).people === 2)
    assert.equal((await described()).title, 'What we know')
    await ben.leaves()
    await until('it has one', async () => (await described()).people === 1)
  })
})
