// Brings branches to the server, and tries again until they are there: also after the page was closed,
// as long as this device keeps them. Each is brought by one page of this browser at a time, or the server
// would get it twice. A branch that is no branch is given up; one that the server does not take as things
// are now (of whoever is here, of a document that is deleted, while there is no room for it) stays on the
// device and waits for another visit: it may be all that is left of the words in it.
import { keepBranch } from '../api/branches'
import { Refusal } from '../api/documents'

export interface Branch {
  document: string
  state: Uint8Array<ArrayBuffer>
  name: string
  author: string
}

const DATABASE = 'cowrite-branches'
const STORE = 'branches'
const RETRY = 5000
const LONGEST_RETRY = 60_000

function open(): Promise<IDBDatabase> {
  return new Promise((resolve, reject) => {
    const request = indexedDB.open(DATABASE, 1)
    request.onupgradeneeded = () => request.result.createObjectStore(STORE, { autoIncrement: true })
    request.onsuccess = () => resolve(request.result)
    request.onerror = () => reject(request.error)
    request.onblocked = () => reject(new Error('The branches of this device are in use.'))
  })
}

/** Does one thing in the device's own storage; null where that is refused. */
async function onDevice<T>(work: (branches: IDBObjectStore) => IDBRequest<T>): Promise<T | null> {
  try {
    const database = await open()
    try {
      return await new Promise<T>((resolve, reject) => {
        const transaction = database.transaction(STORE, 'readwrite')
        const request = work(transaction.objectStore(STORE))
        transaction.oncomplete = () => resolve(request.result)
        transaction.onabort = () => reject(transaction.error)
      })
    } finally {
      database.close()
    }
  } catch {
    return null
  }
}

/** What the server will say again, however often it is asked. */
const isFinal = ({ status }: Refusal): boolean =>
  status >= 400 && status < 500 && ![408, 423, 429].includes(status)

/**
 * Final as long as the page lives, and no longer: somebody signs in, a document is restored, a version is
 * deleted that was one too many, a limit is raised.
 */
const isForNow = ({ status }: Refusal): boolean => [401, 403, 404, 409, 410, 413].includes(status)

const underWay = new Set<IDBValidKey>()

/** Does something about a branch unless that is being done already, here or in another page; null if it is. */
async function alone<T>(key: IDBValidKey, work: () => Promise<T>): Promise<T | null> {
  if (underWay.has(key)) return null
  underWay.add(key)
  try {
    // Pages without a secure origin have no locks.
    const locks = navigator.locks as LockManager | undefined | null
    if (!locks) return await work()
    const mine = { ifAvailable: true }
    return await locks.request(`cowrite/branch/${String(key)}`, mine, async (lock) =>
      lock === null ? null : await work(),
    )
  } finally {
    underWay.delete(key)
  }
}

async function bring(branch: Branch, key: IDBValidKey | null): Promise<string | null> {
  const forget = () => (key === null ? null : onDevice((branches) => branches.delete(key)))
  for (let wait = RETRY; ; wait = Math.min(2 * wait, LONGEST_RETRY)) {
    try {
      const id = await keepBranch(branch.document, branch.state, branch.name, branch.author)
      await forget()
      return id
    } catch (error) {
      if (error instanceof Refusal && isFinal(error)) {
        if (!isForNow(error)) await forget()
        return null
      }
    }
    await new Promise((resolve) => setTimeout(resolve, wait))
  }
}

/** Resolves with the id of the version once the server has it; null when this page will not bring it there. */
export async function keep(branch: Branch): Promise<string | null> {
  const key = await onDevice((branches) => branches.add(branch))
  return key === null ? bring(branch, null) : alone(key, () => bring(branch, key))
}

const onDeviceAt = (key: IDBValidKey): Promise<Branch | null | undefined> =>
  onDevice<Branch | undefined>((branches) => branches.get(key))

/**
 * Goes on with what a former visit could not bring. Branches of other documents are looked at one by one, for
 * each may be as large as its document, and are not claimed; none that is brought waits for another.
 */
export async function keepLeftovers(document: string): Promise<void> {
  const keys = await onDevice((branches) => branches.getAllKeys())
  const brought: Promise<unknown>[] = []
  for (const key of keys ?? []) {
    if ((await onDeviceAt(key))?.document !== document) continue
    const work = async () => {
      // Another page may have brought it since.
      const branch = await onDeviceAt(key)
      if (branch) await bring(branch, key)
    }
    brought.push(alone(key, work))
  }
  await Promise.all(brought)
}
