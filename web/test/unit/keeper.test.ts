// Versions on their way to the server: each arrives once, and none is given up too early.
import { beforeEach, expect, it, vi } from 'vitest'
import { Refusal } from '../../src/api/documents'
import { keep, keepLeftovers } from '../../src/sync/keeper'

const keepBranch = vi.hoisted(() => vi.fn<() => Promise<string>>())
vi.mock('../../src/api/branches', () => ({ keepBranch }))

/** As much of a browser's storage as is used here: one store, whose requests are answered in order. */
class Storage {
  readonly rows = new Map<number, unknown>()
  #next = 1

  #answer<T>(result: T) {
    return { result }
  }

  readonly store = {
    add: (row: unknown) => {
      this.rows.set(this.#next, row)
      return this.#answer(this.#next++)
    },
    get: (key: number) => this.#answer(this.rows.get(key)),
    delete: (key: number) => this.#answer(this.rows.delete(key)),
    getAllKeys: () => this.#answer([...this.rows.keys()]),
  }

  open() {
    const transaction = { objectStore: () => this.store, oncomplete: () => {} }
    const database = {
      close: () => {},
      transaction: () => {
        queueMicrotask(() => transaction.oncomplete())
        return transaction
      },
    }
    const request = { result: database, onsuccess: () => {} }
    queueMicrotask(() => request.onsuccess())
    return request
  }
}

const BRANCH = { document: 'd', state: new Uint8Array([1]), name: 'Ada, offline', author: 'Ada' }

let storage: Storage

beforeEach(() => {
  keepBranch.mockReset()
  storage = new Storage()
  vi.stubGlobal('indexedDB', storage)
})

// A version that was on its way when the leftovers of this device were looked through was brought by
// both: the history had it twice.
it('brings a version once, whoever finds it meanwhile', async () => {
  let answer: (id: string) => void = () => {}
  keepBranch.mockReturnValue(
    new Promise((resolve) => {
      answer = resolve
    }),
  )
  const kept = keep(BRANCH)
  await vi.waitFor(() => expect(keepBranch).toHaveBeenCalledTimes(1))
  await keepLeftovers('d')
  await Promise.all([keepLeftovers('d'), keepLeftovers('d')])
  answer('b1')
  expect(await kept).toBe('b1')
  await keepLeftovers('d')
  expect(keepBranch).toHaveBeenCalledTimes(1)
  expect(storage.rows.size).toBe(0)
})

it('leaves it to another page that is bringing it', async () => {
  storage.rows.set(9, BRANCH)
  const request = async (_name: string, _how: unknown, work: (lock: null) => unknown) => work(null)
  vi.stubGlobal('navigator', { locks: { request } })
  await keepLeftovers('d')
  expect(keepBranch).not.toHaveBeenCalled()
  expect(storage.rows.size).toBe(1)
  vi.unstubAllGlobals()
})

// Whoever was signed out for a moment lost the version for good: it was given up at the first refusal. So
// did whoever wrote where there was one version too many, or a text too large, and their words had been
// merged away.
it.each([401, 403, 404, 409, 410, 413])(
  'tries again with the next visit what is refused with %i now',
  async (status) => {
    keepBranch.mockRejectedValueOnce(new Refusal('refused', 'No.', status))
    expect(await keep(BRANCH)).toBe(null)
    keepBranch.mockResolvedValueOnce('b2')
    await keepLeftovers('other')
    expect(keepBranch).toHaveBeenCalledTimes(1)
    await keepLeftovers('d')
    expect(keepBranch).toHaveBeenCalledTimes(2)
    expect(storage.rows.size).toBe(0)
  },
)

it('gives up what will never be taken', async () => {
  keepBranch.mockRejectedValueOnce(new Refusal('bad_request', 'No.', 400))
  expect(await keep(BRANCH)).toBe(null)
  expect(storage.rows.size).toBe(0)
})

// To see whose a branch was, a page claimed it: the page that wrote it asked at that moment, and was told
// that there never would be a version.
it('does not claim the branches of other documents', async () => {
  storage.rows.set(9, { ...BRANCH, document: 'other' })
  const request = vi.fn()
  vi.stubGlobal('navigator', { locks: { request } })
  await keepLeftovers('d')
  expect(request).not.toHaveBeenCalled()
  expect(keepBranch).not.toHaveBeenCalled()
  vi.unstubAllGlobals()
})

// All that the device keeps, of whichever document, was in the memory of the page at once.
it('looks at branches one by one', async () => {
  for (const key of [7, 8, 9]) storage.rows.set(key, { ...BRANCH, document: 'other' })
  let [reading, most] = [0, 0]
  const open = storage.open.bind(storage)
  storage.open = () => {
    const request = open()
    reading += 1
    most = Math.max(most, reading)
    request.result.close = () => {
      reading -= 1
    }
    return request
  }
  await keepLeftovers('d')
  expect(most).toBe(1)
})

// A branch that the server failed at each time kept all behind it from being brought.
it('brings what stands behind a branch that fails', async () => {
  storage.rows.set(8, BRANCH)
  storage.rows.set(9, { ...BRANCH, name: 'Ada, later' })
  keepBranch.mockReturnValueOnce(new Promise(() => {})).mockResolvedValueOnce('b9')
  void keepLeftovers('d')
  await vi.waitFor(() => expect(storage.rows.size).toBe(1))
  expect(keepBranch).toHaveBeenCalledTimes(2)
})
