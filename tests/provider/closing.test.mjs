import assert from 'node:assert/strict'
import { describe } from 'node:test'
import { story } from './story.mjs'
import { until } from './until.mjs'

describe('when a document is deleted', { concurrency: true }, () => {
  story('its people are told so, and their providers do not come back', async ({ server, document, arrives, person }) => {
    const anna = await person('Anna')
    const ben = await person('Ben')
    const stubborn = await person('Stubborn', { provider: { shouldReconnect: () => true } })
    anna.writes('soon gone')
    await anna.saved()
    const deleted = await server.ask('DELETE', document)
    assert.equal(deleted.status, 204)
    await until('both are told', () => anna.closed !== null && ben.closed !== null)
    for (const one of [anna, ben]) {
      assert.equal(one.closed.code, 4404)
      assert.match(one.closed.reason, /deleted/)
      assert.equal(one.provider.shouldConnect, false)
    }
    // Whoever tries is told the same.
    const late = await arrives('Late')
    await until('the late one is told', () => late.closed !== null)
    assert.equal(late.closed.code, 4404)
    assert.equal(late.provider.synced, false)
    anna.writes(' and written to')
    assert.equal((await server.ask('GET', document, '/content?format=text&root=text')).status, 410)
    await until('who does not listen has tried again and again', () => stubborn.wire.calls > 3)
    assert.ok(stubborn.closes.every((code) => code === 4404))
    assert.deepEqual([anna.wire.calls, ben.wire.calls], [1, 1])
  })

  story('it comes back when it is restored', async ({ server, document, person }) => {
    const anna = await person('Anna')
    anna.writes('not for ever')
    await anna.saved()
    await server.ask('DELETE', document)
    await until('Anna is told', () => anna.closed !== null)
    anna.writes(', I hope')
    assert.equal((await server.ask('POST', document, '/restore')).status, 200)
    anna.provider.connect()
    await anna.synced()
    const ben = await person('Ben')
    await until('Ben reads it all', () => ben.reads() === 'not for ever, I hope')
  })
})
