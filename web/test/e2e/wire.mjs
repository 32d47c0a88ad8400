// The line between one person's browser and the server, which a story can cut and mend. The browser
// keeps one address for its whole life, also when the server comes back on another port.
import net from 'node:net'
import { Transform } from 'node:stream'

/** So long everything is on its way, each way, in ms: a story that only passes on a short line is wrong. */
const LAG = Number(process.env.COWRITE_LAG ?? 0)

/** Hands on what comes, in its order, after a while. */
const delay = () =>
  new Transform({
    highWaterMark: 1 << 24,
    transform(chunk, _, done) {
      done()
      setTimeout(() => this.push(chunk), LAG)
    },
    flush(done) {
      setTimeout(done, LAG)
    },
  })

export class Wire {
  #listener
  #sockets = new Set()
  #pairs = new Set()
  #whole = true
  #flows = true

  static async to(server) {
    const wire = new Wire()
    wire.#listener = net.createServer((near) => {
      if (!wire.#whole) {
        near.destroy()
        return
      }
      const far = net.connect(server.port, '127.0.0.1')
      for (const [one, other] of [
        [near, far],
        [far, near],
      ]) {
        const way = LAG > 0 ? delay() : other
        if (way !== other) way.pipe(other)
        const pair = [one, way]
        wire.#sockets.add(one)
        wire.#pairs.add(pair)
        one.setNoDelay(true)
        one.on('error', () => other.destroy())
        one.on('close', () => {
          wire.#sockets.delete(one)
          wire.#pairs.delete(pair)
          other.destroy()
        })
        if (wire.#flows) one.pipe(way)
      }
    })
    await new Promise((resolve) => wire.#listener.listen(0, '127.0.0.1', resolve))
    wire.url = `http://127.0.0.1:${wire.#listener.address().port}`
    return wire
  }

  cut() {
    this.#whole = false
    for (const socket of this.#sockets) socket.destroy()
  }

  mend() {
    this.#whole = true
  }

  /** Nothing arrives any more, and nothing is said to be wrong; what was sent comes when it flows again. */
  stall() {
    this.#flows = false
    for (const [one, way] of this.#pairs) {
      one.unpipe(way)
      one.pause()
    }
  }

  flow() {
    this.#flows = true
    for (const [one, way] of this.#pairs) one.pipe(way)
  }

  async close() {
    this.cut()
    await new Promise((resolve) => this.#listener.close(resolve))
  }
}
