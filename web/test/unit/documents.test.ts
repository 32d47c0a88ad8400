// The REST client: every refusal has a code, and no failure looks like an empty list.
import { afterEach, describe, expect, it, vi } from 'vitest'
import {
  createDocument,
  deleteDocument,
  labelOf,
  listDocuments,
  Refusal,
  renameDocument,
  restoreDocument,
} from '../../src/api/documents'

const answer = (status: number, body: unknown) =>
  vi.fn(
    async (_path: string, _init?: RequestInit) =>
      new Response(typeof body === 'string' ? body : JSON.stringify(body), { status }),
  )

function serve(fake: ReturnType<typeof answer>) {
  vi.stubGlobal('fetch', fake)
  return fake
}

afterEach(() => vi.unstubAllGlobals())

const refused = async (attempt: Promise<unknown>): Promise<Refusal> => {
  const error = await attempt.then(
    () => null,
    (reason: unknown) => reason,
  )
  expect(error).toBeInstanceOf(Refusal)
  return error as Refusal
}

import { LONGEST_TITLE, titleOf } from '../../src/title'

describe('the list', () => {
  it('asks for what is wanted and nothing else', async () => {
    const fetch = serve(answer(200, { documents: [], next: null }))
    await listDocuments()
    await listDocuments({ q: 'a&b', sort: 'title', cursor: 'c1', limit: 5 })
    expect(fetch.mock.calls.map(([path]) => path)).toEqual([
      '/api/documents',
      '/api/documents?q=a%26b&sort=title&cursor=c1&limit=5',
    ])
  })

  it('is never empty by failure', async () => {
    serve(answer(502, '<html>Bad gateway</html>'))
    expect((await refused(listDocuments())).code).toBe('unreachable')
    serve(answer(200, '<html>Sign in to this network</html>'))
    expect((await refused(listDocuments())).code).toBe('unreachable')
    vi.stubGlobal('fetch', () => Promise.reject(new TypeError('network')))
    expect((await refused(listDocuments())).code).toBe('unreachable')
  })
})

describe('a document', () => {
  it('is called by its title, and told apart by its name when it has none', () => {
    expect(labelOf({ name: 'brave-otter', title: ' Minutes of May ' })).toBe('Minutes of May')
    // A title of a hundred thousand letters filled header, tab and list of everybody.
    expect(labelOf({ name: 'brave-otter', title: 'long '.repeat(20_000) })).toHaveLength(LONGEST_TITLE - 1)
    // A sign that takes two places is one character, and is not cut in half.
    const whole = `${'x'.repeat(LONGEST_TITLE - 1)}\u{1f384}`
    expect([titleOf(whole), titleOf(`${whole}\u{1f384}`)]).toEqual([whole, whole])
    expect([titleOf(7), titleOf(null), titleOf({ length: 1e9 })]).toEqual(['', '', ''])
    expect(labelOf({ name: 'brave-otter', title: null })).toBe('brave-otter')
    expect(labelOf({ name: 'brave-otter', title: '  ' })).toBe('brave-otter')
    // By its first words before that: names that the server made up say nothing.
    expect(labelOf({ name: 'brave-otter', title: null, excerpt: 'Bread' })).toBe('Bread')
    expect(labelOf({ name: 'brave-otter', title: 'Food', excerpt: 'Bread' })).toBe('Food')
    const long = labelOf({ name: 'brave-otter', title: null, excerpt: 'é'.repeat(99) })
    expect(long).toBe(`${'é'.repeat(60)}…`)
  })

  it('is one segment of a path, whatever its name holds', async () => {
    const fetch = serve(answer(200, {}))
    await restoreDocument('team/plan 50%')
    expect(fetch.mock.calls[0]?.[0]).toBe('/api/documents/team%2Fplan%2050%25/restore')
  })

  it('is created with a name only when there is one', async () => {
    const fetch = serve(answer(201, { name: 'x' }))
    await createDocument()
    await createDocument('notes')
    expect(fetch.mock.calls.map(([, init]) => init?.body)).toEqual(['{}', '{"name":"notes"}'])
  })

  it('is refused with the code of the server', async () => {
    serve(answer(409, { error: { code: 'document_exists', message: 'It exists.' } }))
    const refusal = await refused(createDocument('notes'))
    expect([refusal.code, refusal.message, refusal.status]).toEqual(['document_exists', 'It exists.', 409])
  })

  it('gets another title, and is told of as the server has it then', async () => {
    const fetch = serve(answer(200, { name: 'team/plan', title: 'Plan B' }))
    expect((await renameDocument('team/plan', 'Plan B')).title).toBe('Plan B')
    const [path, init] = fetch.mock.calls[0] ?? []
    expect([path, init?.method, init?.body]).toEqual([
      '/api/documents/team%2Fplan',
      'PATCH',
      '{"title":"Plan B"}',
    ])
    serve(answer(404, { error: { code: 'document_not_found', message: 'There is none.' } }))
    expect((await refused(renameDocument('gone', 'x'))).code).toBe('document_not_found')
  })

  it('is deleted without a body to read', async () => {
    const fetch = serve(vi.fn(async () => new Response(null, { status: 204 })))
    await deleteDocument('a')
    expect(fetch.mock.calls[0]?.[1]?.method).toBe('DELETE')
  })
})
