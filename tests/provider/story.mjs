// A test with a server of its own and people who come to it. Everybody is sent home at the end,
// whatever happened.
import { setMaxListeners } from 'node:events'
import { test } from 'node:test'
import { Person } from './person.mjs'
import { Server } from './server.mjs'

const LIMIT = 120_000

// Every provider listens for the end of the process; that many at once are no leak.
setMaxListeners(100, process)

/** `tell` is given the stage: `server`, `document`, and `person(name)`, who is synced. */
export function story(name, ...rest) {
  const tell = rest.pop()
  test(name, { timeout: LIMIT, ...rest[0] }, async () => {
    const server = await Server.start()
    const people = []
    const document = 'story'
    const arrives = async (called, options = {}) => {
      const one = await Person.arrive(server, options.document ?? document, { name: called, ...options })
      people.push(one)
      return one
    }
    const person = async (called, options) => (await arrives(called, options)).synced()
    try {
      await tell({ server, document, arrives, person })
    } catch (error) {
      const closes = people.map((one) => `${one.name}: closes [${one.closes}]`).join('; ')
      error.message += `\n${closes}\n${server.log}`
      throw error
    } finally {
      for (const one of people) await one.leaves()
      await server.end()
    }
  })
}
