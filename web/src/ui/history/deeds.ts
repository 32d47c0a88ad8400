// What can be done with a moment of the past besides looking at it. Each says what it did; what changes
// the document says how that is taken back.
import { bringBack, contentAt, markdownPath, type VersionId } from '../../api/history'
import { message } from '../../i18n/message'
import { explain } from '../../i18n/refusal'
import { META } from '../../sync/session'
import { titleOf } from '../../title'
import { makeCopy } from '../document/duplicating'
import { download as downloadFrom } from '../parts/download'
import { tell } from '../parts/toast'
import { called } from './moment'
import { atOf, type Past, type Point } from './past'

const authorOf = (past: Past): string => past.desk.me.peek().name

/** The document becomes what it was then, for everybody. */
export async function restore(past: Past, point: Point): Promise<void> {
  if (point.kind === 'now') return
  const title = called(past, point)
  try {
    const { before } = await bringBack(past.name, atOf(point), authorOf(past))
    past.leave()
    tell(message('history.restored', { version: title }), {
      label: message('history.undo'),
      run: () => void undo(past, before),
    })
    void past.list()
  } catch (error) {
    tell(message('history.notRestored', { reason: explain(error) }))
  }
}

async function undo(past: Past, before: VersionId): Promise<void> {
  try {
    await bringBack(past.name, before, authorOf(past))
    tell(message('history.undone'))
    void past.list()
  } catch (error) {
    tell(message('history.notRestored', { reason: explain(error) }))
  }
}

export async function copy(past: Past, point: Point): Promise<void> {
  const label = titleOf(past.desk.session.doc.getMap<unknown>(META).get('title')).trim() || past.name
  const title = message('history.copyTitle', { title: label, version: called(past, point) })
  await makeCopy(past.name, title, contentAt(past.name, atOf(point), false))
}

export const download = (past: Past, point: Point): void => downloadFrom(markdownPath(past.name, atOf(point)))
