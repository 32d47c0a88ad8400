// The line between one person and the server. It can be cut and mended, and keeps its address when
// the server comes back on another port.
import net from 'node:net'

export class Wire {
  #listener
  #sockets = new Set()
  #whole = true
  /** How often somebody tried to connect. */
  calls = 0

  static async to(server) {
    const wire = new Wire()
    wire.#listener = net.createServer((near) => wire.#join(near, server))
    await new Promise((resolve) => wire.#listener.listen(0, '127.0.0.1', resolve))
    wire.url = `ws://127.0.0.1:${wire.#listener.address().port}/ws`
    return wire
  }

  #join(near, server) {
    this.calls += 1
    if (!this.#whole) {
      near.destroy()
      return
    }
    const far = net.connect(server.port, '127.0.0.1')
    for (const [one, other] of [
      [near, far],
      [far, near],
    ]) {
      this.#sockets.add(one)
      one.setNoDelay(true)
      one.on('error', () => other.destroy())
      one.on('close', () => {
        this.#sockets.delete(one)
        other.destroy()
      })
      one.pipe(other)
    }
  }

  /** Breaks what is there; what comes is broken too until the line is mended. */
  cut() {
    this.#whole = false
    for (const socket of this.#sockets) socket.destroy()
  }

  mend() {
    this.#whole = true
  }

  async end() {
    this.cut()
    await new Promise((resolve) => this.#listener.close(resolve))
  }
}
