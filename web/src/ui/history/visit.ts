// The ways into the past from elsewhere on the page, and the way back.
import { batch } from '@preact/signals'
import type { Version } from '../../api/history'
import type { Desk } from '../document/desk'
import { pastOf } from './past'

/** Opens what became of the document since a moment. */
export function lookSince(desk: Desk, time: number): void {
  const past = pastOf(desk)
  desk.panel.value = 'history'
  batch(() => {
    past.changes.value = true
    past.authors.value = false
    past.base.value = { kind: 'moment', time }
    past.look({ kind: 'now' })
  })
  past.uncover()
}

/** Opens a version, with what is changed in it. */
export async function lookAt(desk: Desk, version: Version): Promise<void> {
  const past = pastOf(desk)
  desk.panel.value = 'history'
  // What it is compared with stands in the list.
  await past.list()
  batch(() => {
    past.changes.value = true
    past.authors.value = false
    past.base.value = null
    past.look({ kind: 'version', version })
  })
  past.uncover()
}

/** Back to the text as it is, wherever one was. */
export const leavePast = (desk: Desk): void => pastOf(desk).leave()
