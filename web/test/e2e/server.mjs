// A real cowrite server for one story: started on a free port with a data folder of its own, killed
// by its process id. `COWRITE_BIN` names another binary; `COWRITE_URL` a server that runs already
// (stories that must kill the server are skipped then); `COWRITE_WEB` a folder whose editor is used in
// the place of the binary's.
import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { Front } from './front.mjs'

const ROOT = fileURLToPath(new URL('../../..', import.meta.url))
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

export const external = process.env.COWRITE_URL

export class Server {
  #process = null
  #folder
  #front = null
  #options = []

  static async start(options = []) {
    const server = new Server()
    server.#options = options
    if (external !== undefined) {
      server.port = Number(new URL(external).port)
      return server
    }
    server.#folder = await mkdtemp(path.join(tmpdir(), 'cowrite-e2e-'))
    await server.#spawn()
    return server
  }

  async #spawn() {
    const args = ['serve', '--listen', '127.0.0.1:0', '--data', this.#folder, ...this.#options]
    const child = spawn(binary(), args, { stdio: ['ignore', 'pipe', 'pipe'] })
    let log = ''
    child.stderr.on('data', (data) => {
      log += data
    })
    this.#process = child
    this.port = await new Promise((resolve, reject) => {
      const fail = (why) => reject(new Error(`The server did not start: ${why}\n${log}`))
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
    // A full pipe would stop the server.
    child.stdout.resume()
    const editor = process.env.COWRITE_WEB
    if (editor === undefined) return
    if (this.#front === null) this.#front = await Front.before(this.port, path.resolve(editor))
    else this.#front.turnTo(this.port)
    this.port = this.#front.port
  }

  /** As a power cut does it: no goodbye, no flush. */
  async kill() {
    const child = this.#process
    if (child === null || child.exitCode !== null) return
    const gone = new Promise((resolve) => child.once('exit', resolve))
    child.kill('SIGKILL')
    await gone
    this.#process = null
  }

  /** On another port, with the same data. */
  async restart() {
    await this.#spawn()
  }

  async stop() {
    await this.kill()
    await this.#front?.close()
    if (this.#folder !== undefined) await rm(this.#folder, { recursive: true, force: true })
  }
}
