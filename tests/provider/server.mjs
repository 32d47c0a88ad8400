// A real cowrite server for one story: on a free port, with a data folder of its own, ended by its
// process id. `COWRITE_BIN` names another binary.
import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))
const START_LIMIT = 30_000

function binary() {
  const places = [
    process.env.COWRITE_BIN,
    path.join(ROOT, 'target/release/cowrite'),
    path.join(ROOT, 'target/debug/cowrite'),
  ]
  const found = places.find((place) => place !== undefined && existsSync(place))
  if (found === undefined) throw new Error('No cowrite binary: run `cargo build` first, or set COWRITE_BIN.')
  return found
}

export class Server {
  #child
  #folder
  log = ''

  static async start() {
    const server = new Server()
    server.#folder = await mkdtemp(path.join(tmpdir(), 'cowrite-provider-'))
    await server.restart()
    return server
  }

  /** With the same data, on another port: a Wire keeps the address that clients know. */
  async restart() {
    const args = ['serve', '--listen', '127.0.0.1:0', '--data', this.#folder]
    const child = spawn(binary(), args, { stdio: ['ignore', 'pipe', 'pipe'] })
    this.#child = child
    child.stderr.on('data', (data) => {
      this.log += data
    })
    this.port = await new Promise((resolve, reject) => {
      const fail = (why) => reject(new Error(`The server did not start: ${why}\n${this.log}`))
      const timer = setTimeout(() => fail('no address in time'), START_LIMIT)
      child.once('error', (error) => fail(error.message))
      child.once('exit', (code) => fail(`it ended with ${code}`))
      createInterface({ input: child.stdout }).on('line', (line) => {
        const address = /cowrite is listening on http:\/\/[^:\s]+:(\d+)/.exec(line)
        if (address === null) return
        clearTimeout(timer)
        resolve(Number(address[1]))
      })
    })
    this.http = `http://127.0.0.1:${this.port}`
  }

  /** As the out-of-memory killer does it: no goodbye, no flush. */
  async kill() {
    const child = this.#child
    if (child.exitCode !== null || child.signalCode !== null) return
    const gone = new Promise((resolve) => child.once('exit', resolve))
    child.kill('SIGKILL')
    await gone
  }

  /** A request to REST; the path begins with what is wanted of the document. */
  async ask(method, document, rest = '', options = {}) {
    const address = `${this.http}/api/documents/${encodeURIComponent(document)}${rest}`
    return fetch(address, { method, ...options })
  }

  async end() {
    await this.kill()
    await rm(this.#folder, { recursive: true, force: true })
  }
}
