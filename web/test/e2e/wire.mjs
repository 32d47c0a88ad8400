// The line between one person's browser and the server, which a story can cut and mend. The browser
// keeps one address for its whole life, also when the server comes back on another port.
import net from 'node:net'

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
        const pair = [one, other]
        wire.#sockets.add(one)
        wire.#pairs.add(pair)
        one.setNoDelay(true)
        one.on('error', () => other.destroy())
        one.on('close', () => {
          wire.#sockets.delete(one)
          wire.#pairs.delete(pair)
          other.destroy()
        })
        if (wire.#flows) one.pipe(other)
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
    for (const [one, other] of this.#pairs) {
      one.unpipe(other)
      one.pause()
    }
  }

  flow() {
    this.#flows = true
    for (const [one, other] of this.#pairs) one.pipe(other)
  }

  async close() {
    this.cut()
    await new Promise((resolve) => this.#listener.close(resolve))
  }
}
