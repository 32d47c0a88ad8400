// What is shown of a document behind a link, and which documents a link may lead to.
import { afterEach, expect, test, vi } from 'vitest'
import { backlinksOf, findDocuments, firstWords } from '../../src/api/links'

const answers = (routes: Record<string, [number, unknown]>) =>
  vi.stubGlobal('fetch', async (path: string) => {
    const found = Object.entries(routes).find(([start]) => path.startsWith(start))
    if (found === undefined) throw new Error(`Nobody answers ${path}.`)
    const [status, body] = found[1]
    return new Response(JSON.stringify(body), { status })
  })
afterEach(() => vi.unstubAllGlobals())

test('a text begins with its words, on one line, without its title', () => {
  expect(firstWords('Trip to Vienna\n\nWe meet\n at nine.', 'Trip to Vienna')).toBe('We meet at nine.')
  expect(firstWords('', 'x')).toBe('')
  const long = firstWords('word '.repeat(100), 'x')
  expect(long.length).toBeLessThanOrEqual(161)
  expect(long).toMatch(/word…$/)
})

test('titles come before texts, and each document once', async () => {
  answers({
    '/api/documents?': [200, { documents: [{ name: 'a', title: 'Trip' }], next: null }],
    '/api/search?': [
      200,
      {
        results: [
          { name: 'a', title: 'Trip' },
          { name: 'b', title: null },
        ],
        next: null,
      },
    ],
  })
  expect(await findDocuments('trip')).toEqual([
    { name: 'a', label: 'Trip' },
    { name: 'b', label: 'b' },
  ])
})

test('a search that is too broad leaves what titles give; a list that fails is a failure', async () => {
  const broad: [number, unknown] = [422, { error: { code: 'search_too_broad', message: 'too broad' } }]
  answers({ '/api/documents?': [200, { documents: [], next: null }], '/api/search?': broad })
  expect(await findDocuments('trip')).toEqual([])
  answers({ '/api/documents?': [503, {}], '/api/search?': broad })
  await expect(findDocuments('trip')).rejects.toThrow()
})

test('a server that does not know of backlinks has none; one that fails says so', async () => {
  answers({
    '/api/documents/a/backlinks': [404, { error: { code: 'no_such_route', message: 'nothing here' } }],
  })
  const { signal } = new AbortController()
  expect(await backlinksOf('a', signal)).toEqual([])
  answers({ '/api/documents/a/backlinks': [500, {}] })
  await expect(backlinksOf('a', signal)).rejects.toThrow()
})
