// The editor of a folder (`npx vite build`) in front of a real server, so that a change of the editor
// can be tried without building the server anew: `COWRITE_WEB=dist npm run test:e2e`. Pages and their
// files come from the folder, with the server's own headers; all else, sockets too, is passed on.
import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import http from 'node:http'
import net from 'node:net'
import path from 'node:path'

const TYPES = {
  css: 'text/css; charset=utf-8',
  html: 'text/html; charset=utf-8',
  js: 'text/javascript; charset=utf-8',
  json: 'application/json',
  svg: 'image/svg+xml',
  webmanifest: 'application/manifest+json',
  woff2: 'font/woff2',
}

/** The file that answers this path, or null where the server is to answer. */
function fileFor(folder, target) {
  const { pathname } = new URL(target, 'http://localhost')
  if (/^\/(api|ws|health)(\/|$)/.test(pathname)) return null
  const file = path.join(folder, path.normalize(pathname))
  return path.extname(pathname) !== '' && existsSync(file) ? file : path.join(folder, 'index.html')
}

export class Front {
  #listener
  #server

  static async before(port, folder) {
    const front = new Front()
    front.#server = port
    // What the pages are held to is the server's to say.
    const { headers } = await fetch(`http://127.0.0.1:${port}/`)
    const policy = headers.get('content-security-policy') ?? ''
    front.#listener = http.createServer(async (request, response) => {
      const file = fileFor(folder, request.url)
      if (file === null) return front.#pass(request, response)
      response.setHeader('content-type', TYPES[path.extname(file).slice(1)] ?? 'application/octet-stream')
      response.setHeader('content-security-policy', policy)
      response.end(await readFile(file))
    })
    front.#listener.on('upgrade', (request, near, head) => front.#join(request, near, head))
    await new Promise((resolve) => front.#listener.listen(0, '127.0.0.1', resolve))
    front.port = front.#listener.address().port
    return front
  }

  /** The same front before the server's next life. */
  turnTo(port) {
    this.#server = port
  }

  #pass(request, response) {
    const { method, url, headers } = request
    const far = http.request(
      { host: '127.0.0.1', port: this.#server, method, path: url, headers },
      (answer) => {
        response.writeHead(answer.statusCode, answer.headers)
        answer.pipe(response)
      },
    )
    far.on('error', () => response.destroy())
    response.on('close', () => far.destroy())
    request.pipe(far)
  }

  #join(request, near, head) {
    const far = net.connect(this.#server, '127.0.0.1')
    const lines = request.rawHeaders.reduce(
      (all, part, at) => (at % 2 === 0 ? `${all}${part}: ` : `${all}${part}\r\n`),
      `GET ${request.url} HTTP/1.1\r\n`,
    )
    far.write(`${lines}\r\n`)
    far.write(head)
    for (const [one, other] of [
      [near, far],
      [far, near],
    ]) {
      one.on('error', () => other.destroy())
      one.on('close', () => other.destroy())
      one.pipe(other)
    }
  }

  async close() {
    this.#listener.closeAllConnections()
    await new Promise((resolve) => this.#listener.close(resolve))
  }
}
