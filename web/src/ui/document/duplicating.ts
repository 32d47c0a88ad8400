// Makes another document of the one that is open, as it is on this page.
import { documentPath } from '../../address'
import { duplicate } from '../../api/duplicate'
import { counted, message } from '../../i18n/message'
import { explain } from '../../i18n/refusal'
import { tell } from '../parts/toast'
import { calledHere } from './calling'
import type { Desk } from './desk'

export async function duplicateHere(desk: Desk): Promise<void> {
  const content = desk.editor.peek()?.getJSON()
  if (content === undefined) return
  const title = message('duplicate.title', { title: calledHere(desk) })
  try {
    const { name, left } = await duplicate(desk.session.name, title, content)
    const made = message('history.copied', { title })
    tell(left === 0 ? made : `${made} ${counted('duplicate.left', left)}`, {
      label: message('history.openCopy'),
      run: () => location.assign(documentPath(name)),
    })
  } catch (error) {
    tell(message('history.notCopied', { reason: explain(error) }))
  }
}
