// What every story needs: a browser, a server, people who come and go. Everything is put away at the
// end, whatever happened.
import { chromium } from 'playwright-core'
import { Person } from './person.mjs'
import { Server } from './server.mjs'
import { Wire } from './wire.mjs'

const FLAGS = [
  '--no-sandbox',
  '--headless',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]

/** What browsers log when a story cuts the line or kills the server. */
export const BROKEN_LINE = /WebSocket|ERR_CONNECTION|ERR_EMPTY_RESPONSE|ERR_SOCKET|Failed to load resource/

/** What they log when the page of a deleted document looks whether it is back, every few seconds. */
export const GONE = /410 \(Gone\)/

let count = 0

export class Story {
  #people = []
  #wires = []

  static async begin(options = []) {
    const story = new Story()
    story.server = await Server.start(options)
    story.browser = await chromium.launch({
      executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
      args: FLAGS,
    })
    return story
  }

  /** A document nobody has used yet. */
  fresh(prefix = 'story') {
    count += 1
    return `${prefix}-${process.pid}-${count}`
  }

  async person(name, options) {
    const wire = await Wire.to(this.server)
    this.#wires.push(wire)
    const person = await Person.come(this.browser, wire, name, options)
    this.#people.push(person)
    return person
  }

  async end() {
    for (const person of this.#people) await person.leaves()
    await this.browser?.close()
    for (const wire of this.#wires) await wire.close()
    await this.server.stop()
  }
}
