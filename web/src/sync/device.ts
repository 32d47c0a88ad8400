// The copy of a document that stays on this device, in IndexedDB.
//
// It is what makes writing offline safe, so its absence is a fact others must know: a browser that
// refuses storage gives `null`, never a copy that silently keeps nothing, and one whose storage is full
// says so: the library that writes the copy does not look whether it could. Storage that is slow is not
// empty: the document goes on without it, keeps nothing meanwhile, and what it gives at last is told apart.
import { IndexeddbPersistence } from 'y-indexeddb'
import * as Y from 'yjs'

/** How long to wait for the device's own storage before going on without it. */
const PATIENCE = 2000

export interface DeviceCopy {
  /** Comes true once everything written until now is in the device's storage. */
  written(): Promise<void>
  /** Forgets the copy: the document is gone, or is not ours to read any more. */
  forget(): Promise<void>
}

function storageWorks(): Promise<boolean> {
  return new Promise((resolve) => {
    try {
      const request = indexedDB.open('cowrite')
      request.onsuccess = () => {
        request.result.close()
        resolve(true)
      }
      request.onerror = () => resolve(false)
      request.onblocked = () => resolve(false)
    } catch {
      resolve(false)
    }
  })
}

const after = (milliseconds: number): Promise<null> =>
  new Promise((resolve) => setTimeout(() => resolve(null), milliseconds))

/** How long after a write that failed the whole document is tried again. */
const RETRY = 10_000

export interface DeviceNews {
  /**
   * A write failed (storage is full, or taken away), or the copy is whole again: between the two it has a
   * hole, whatever else was written to it.
   */
  changed(whole: boolean): void
  /**
   * The copy that was gone on without is there, and holds this. It is not in the document yet; what is
   * in the document is in the copy.
   */
  late(copy: DeviceCopy, held: Uint8Array<ArrayBuffer>): void
}

/**
 * Loads the device's copy into `doc` and keeps it up to date from then on; null when there is none, or
 * not in time.
 */
export async function openDeviceCopy(name: string, doc: Y.Doc, news: DeviceNews): Promise<DeviceCopy | null> {
  let aside: Y.Doc | null = null
  let persistence: IndexeddbPersistence | null = null
  const load = async (): Promise<DeviceCopy | null> => {
    if (!(await storageWorks())) return null
    const opened = new IndexeddbPersistence(`cowrite/${location.origin}/${name}`, doc)
    persistence = opened
    if (aside !== null) opened.doc = aside
    // It loads into the document that it has when it can, and must have the right one for all that follows.
    opened.once('synced', () => {
      opened.doc = doc
    })
    await opened.whenSynced
    return opened.db === null ? null : keepUp(opened, opened.db, doc, news)
  }
  let loaded: { copy: DeviceCopy | null } | null = null
  const loading = load().then((copy) => {
    loaded = { copy }
    return copy
  })
  await Promise.race([loading, after(PATIENCE)])
  if (loaded !== null) return (loaded as { copy: DeviceCopy | null }).copy
  // From here on it would be loaded into a document that others may have changed meanwhile.
  const staged = new Y.Doc()
  aside = staged
  if (persistence !== null) (persistence as IndexeddbPersistence).doc = staged
  void loading.then((copy) => {
    if (copy !== null) news.late(copy, Y.encodeStateAsUpdate(staged) as Uint8Array<ArrayBuffer>)
    staged.destroy()
  })
  return null
}

function keepUp(
  persistence: IndexeddbPersistence,
  db: IDBDatabase,
  doc: Y.Doc,
  news: DeviceNews,
): DeviceCopy {
  let whole = true
  let forgotten = false
  const fill = async () => {
    if (forgotten) return
    try {
      await storeWhole(db, doc)
      whole = true
      news.changed(true)
    } catch {
      setTimeout(() => void fill(), RETRY)
    }
  }
  // A write that fails aborts its transaction, and that is heard here, whoever made it.
  db.addEventListener('abort', () => {
    if (!whole || forgotten) return
    whole = false
    news.changed(false)
    setTimeout(() => void fill(), RETRY)
  })
  return {
    // Transactions on one store are run in order: a later one ends after all earlier writes.
    async written() {
      if (whole) await ended(db.transaction('updates', 'readonly'), (store) => store.count())
      if (!whole) throw new Error('The device copy has a hole.')
    },
    async forget() {
      forgotten = true
      await persistence.clearData()
    },
  }
}

function ended(transaction: IDBTransaction, work: (store: IDBObjectStore) => unknown): Promise<void> {
  return new Promise((resolve, reject) => {
    transaction.oncomplete = () => resolve()
    transaction.onerror = () => reject(transaction.error)
    transaction.onabort = () => reject(transaction.error)
    work(transaction.objectStore('updates'))
  })
}

/** The whole document as one more update: it fills every hole. */
const storeWhole = (db: IDBDatabase, doc: Y.Doc): Promise<void> =>
  ended(db.transaction('updates', 'readwrite'), (store) => store.add(Y.encodeStateAsUpdate(doc)))
