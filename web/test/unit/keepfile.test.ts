import { afterEach, expect, it, vi } from 'vitest'
import { keepFile, unlessRefused } from '../../src/api/keepfile'

afterEach(() => vi.unstubAllGlobals())

const answers = (status: number, body: unknown) =>
  vi.stubGlobal('fetch', async () => new Response(JSON.stringify(body), { status }))
const refuses = (status: number, code: string) => answers(status, { error: { code, message: code } })
const kept = () => unlessRefused(() => keepFile('trip', new Blob(['x'])))

it('tells where what was kept is', async () => {
  answers(201, { url: '/api/documents/trip/files/1' })
  expect(await kept()).toBe('/api/documents/trip/files/1')
})

it.each([400, 404, 413, 415])('goes on without what is never taken (%d)', async (status) => {
  refuses(status, 'refused')
  expect(await kept()).toBeNull()
})

// A duplicate that was made too fast kept the addresses of the first document's pictures, and lost them with it.
it.each([408, 429, 500, 507])('fails with what is not taken now (%d)', async (status) => {
  refuses(status, 'later')
  await expect(kept()).rejects.toMatchObject({ code: 'later', status })
})
