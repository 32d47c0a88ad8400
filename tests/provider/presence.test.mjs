import assert from 'node:assert/strict'
import { describe } from 'node:test'
import { story } from './story.mjs'
import { until } from './until.mjs'

describe('who is here', { concurrency: true }, () => {
  story('people see each other, also those who come late', async ({ person }) => {
    const anna = await person('Anna')
    const ben = await person('Ben')
    await until('they see each other', () => anna.sees(ben) && ben.sees(anna))
    const late = await person('Late')
    await until('the late one sees both', () => late.sees(anna) && late.sees(ben))
    anna.provider.awareness.setLocalStateField('cursor', { anchor: 3, head: 5 })
    const cursor = () => ben.provider.awareness.getStates().get(anna.doc.clientID)?.cursor
    await until("Ben sees Anna's cursor", () => cursor()?.head === 5)
  })

  story('who leaves is gone at once', async ({ person }) => {
    const anna = await person('Anna')
    const ben = await person('Ben')
    await until('Ben sees Anna', () => ben.sees(anna))
    anna.provider.disconnect()
    await until('Ben sees her no more', () => !ben.sees(anna), 2_000)
    anna.provider.connect()
    await until('Ben sees her again', () => ben.sees(anna))
  })

  story('who vanishes without a word is gone after a while, and back when the line is', async ({ person }) => {
    const anna = await person('Anna')
    const ben = await person('Ben')
    await until('Ben sees Anna', () => ben.sees(anna))
    anna.wire.cut()
    await until('Ben sees her no more', () => !ben.sees(anna), 12_000)
    anna.wire.mend()
    await anna.synced()
    await until('they see each other again', () => ben.sees(anna) && anna.sees(ben), 20_000)
  })

  story('a short break of the line is not seen by others', async ({ person }) => {
    const anna = await person('Anna')
    const ben = await person('Ben')
    const carla = await person('Carla')
    await until('Ben sees both', () => ben.sees(anna) && ben.sees(carla))
    const gone = []
    ben.provider.awareness.on('change', ({ removed }) => gone.push(...removed))
    anna.wire.cut()
    carla.wire.cut()
    await until('Anna notices', () => anna.closes.length > 0)
    anna.wire.mend()
    await anna.synced()
    await until('she is told of Ben', () => anna.sees(ben))
    // When Carla is withdrawn, who does not come back, Anna would have been, too.
    await until('Ben sees Carla no more', () => !ben.sees(carla), 12_000)
    assert.deepEqual(gone, [carla.doc.clientID])
    assert.ok(ben.sees(anna))
  })

  story('everybody is seen again after the server was killed', async ({ server, person }) => {
    const anna = await person('Anna')
    const ben = await person('Ben')
    await until('they see each other', () => anna.sees(ben) && ben.sees(anna))
    await server.kill()
    await until('both notice', () => !anna.provider.synced && !ben.provider.synced)
    await server.restart()
    await until('they see each other again', () => anna.sees(ben) && ben.sees(anna))
  })

  story('a tab that is alone hears its own presence, and stays connected', async ({ person }) => {
    // The provider gives a connection up on which it heard nothing for 30 seconds.
    const anna = await person('Anna')
    const arrived = performance.now()
    const later = (moment) => moment - arrived > 34_000
    // It says that it is there when 15 s have gone by, and looks every 3 s: three times that may be 54 s.
    await until('something is heard later than that', () => anna.heard.some(later), 60_000)
    assert.deepEqual(anna.closes, [])
    assert.equal(anna.wire.calls, 1)
  })
})
