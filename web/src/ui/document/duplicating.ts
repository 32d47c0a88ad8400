// Makes another document of what is in this one, now or at a moment of its past.
import type { JSONContent } from '@tiptap/core'
import { documentPath } from '../../address'
import { duplicate } from '../../api/duplicate'
import { counted, message } from '../../i18n/message'
import { explain } from '../../i18n/refusal'
import { tell } from '../parts/toast'
import { calledHere } from './calling'
import type { Desk } from './desk'

/** Says what it made, or why it made nothing. */
export async function makeCopy(name: string, title: string, content: Promise<JSONContent>): Promise<void> {
  try {
    const copy = await duplicate(name, title, await content)
    const made = message('history.copied', { title })
    tell(copy.left === 0 ? made : `${made} ${counted('duplicate.left', copy.left)}`, {
      label: message('history.openCopy'),
      run: () => location.assign(documentPath(copy.name)),
    })
  } catch (error) {
    tell(message('history.notCopied', { reason: explain(error) }))
  }
}

/** As it is on this page. */
export async function duplicateHere(desk: Desk): Promise<void> {
  const editor = desk.editor.peek()
  if (editor === null) return
  const title = message('duplicate.title', { title: calledHere(desk) })
  await makeCopy(desk.session.name, title, Promise.resolve(editor.getJSON()))
}
