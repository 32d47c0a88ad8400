// A document as a page that needs no server: its pictures are in it, and its links lead to where they led.
// The server's page refers to both by paths, which mean nothing on anybody's disk.
import { contentPath, fileName } from '../address'
import { dataUrl } from './dataurl'
import { call } from './documents'

/** Bytes of pictures that a page takes in; what is more stays at the server, by its whole address. */
const MOST = 60_000_000

// The server writes `<` and quotes of texts and values as references, so that these are elements.
const PICTURE = /(<img src=")(\/api\/documents\/[^"]+\/files\/[^"]+)"/g
const PATH = /(<(?:a href|img src)=")\/(?!\/)/g

/** Pictures by their paths, as far as there is room; one that cannot be had is left out. */
async function picturesOf(html: string): Promise<Map<string, string>> {
  const found = new Map<string, string>()
  let room = MOST
  for (const [, , path] of html.matchAll(PICTURE)) {
    if (path === undefined || found.has(path)) continue
    try {
      const picture = await (await call(path)).blob()
      if (picture.size > room) continue
      room -= picture.size
      found.set(path, await dataUrl(picture))
    } catch {
      // It is in the page by its address, as it was.
    }
  }
  return found
}

/** The name that the server gives a file. */
const nameIn = (headers: Headers): string | null => {
  const said = headers.get('content-disposition') ?? ''
  const coded = /filename\*=UTF-8''([^;]+)/i.exec(said)?.[1]
  return coded === undefined ? (/filename="([^"]+)"/i.exec(said)?.[1] ?? null) : decodeURIComponent(coded)
}

export async function standalone(name: string): Promise<{ page: Blob; called: string }> {
  const answer = await call(contentPath(name, 'html'))
  const html = await answer.text()
  const pictures = await picturesOf(html)
  const whole = html
    .replace(PICTURE, (all, before: string, path: string) => {
      const picture = pictures.get(path)
      return picture === undefined ? all : `${before}${picture}"`
    })
    .replace(PATH, (_, before: string) => `${before}${location.origin}/`)
  return {
    page: new Blob([whole], { type: 'text/html;charset=utf-8' }),
    called: nameIn(answer.headers) ?? fileName(name, '.html'),
  }
}
