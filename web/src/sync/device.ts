// The copy of a document that stays on this device, in IndexedDB.
//
// It is what makes writing offline safe, so its absence is a fact others must know: a browser that
// refuses storage gives `null`, never a copy that silently keeps nothing.
import { IndexeddbPersistence } from 'y-indexeddb'
import type * as Y from 'yjs'

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

/** Loads the device's copy into `doc` and keeps it up to date from then on. */
export async function openDeviceCopy(name: string, doc: Y.Doc): Promise<DeviceCopy | null> {
  if (!(await Promise.race([storageWorks(), after(PATIENCE)]))) return null
  const persistence = new IndexeddbPersistence(`cowrite/${location.origin}/${name}`, doc)
  await Promise.race([persistence.whenSynced, after(PATIENCE)])
  return {
    // Transactions on one store are run in order: a later one ends after all earlier writes.
    written: () =>
      new Promise((resolve, reject) => {
        const { db } = persistence
        if (db === null) return reject(new Error('The device copy is closed.'))
        const transaction = db.transaction('updates', 'readonly')
        transaction.objectStore('updates').count()
        transaction.oncomplete = () => resolve()
        transaction.onerror = () => reject(transaction.error)
        transaction.onabort = () => reject(transaction.error)
      }),
    forget: () => persistence.clearData(),
  }
}
