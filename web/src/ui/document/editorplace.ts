// Puts the editor in its place: once there is something true to show, and not before. A page that is too
// old for the document gets a shadow of it, which may be read and shown only what this page knows.
import type { Editor } from '@tiptap/core'
import type { RefObject } from 'preact'
import { useEffect, useMemo } from 'preact/hooks'
import type * as Y from 'yjs'
import { justMade } from '../../arrival'
import { createEditor } from '../../editor/editor'
import { type Gate, judge, signSchema, watchGate } from '../../editor/gate'
import { readCaret } from '../../editor/readcaret'
import { SCHEMA_VERSION, schema } from '../../editor/schema'
import { castShadow, countMissing } from '../../editor/shadow'
import { way } from '../../editor/suggesting'
import { message } from '../../i18n/message'
import { CONTENT, isWritten, type Session } from '../../sync/session'
import { pickThread } from '../comments/acts'
import { tell } from '../parts/toast'
import { resumeMode } from '../suggestions/acts'
import { type Desk, followEditor } from './desk'

/**
 * A text that is still to be written, or was made a moment ago, takes the caret, so that one can type at once.
 * Not where a caret brings up a keyboard nobody asked for, unless they asked for this document; never from
 * elsewhere.
 */
function offerCaret(editor: Editor, made: boolean): void {
  const handy = matchMedia('(hover: hover) and (pointer: fine)').matches
  const free = document.activeElement === document.body
  if (free && (made || (editor.isEmpty && handy))) editor.view.focus()
}

/** What is typed here and what others rebuild can meet on their way. Nothing is lost yet before the first change. */
async function keepLetters(editor: Editor, session: Session): Promise<void> {
  const part = await import('../../editor/firstchange').catch(() => null)
  if (part === null || editor.isDestroyed) return
  part.showUndone(editor)
  editor.on(
    'destroy',
    part.returnLetters(editor, session.doc, () => (session.away.peek() ? null : session.settled)),
  )
}

export function useEditorIn(sheet: RefObject<HTMLElement>, desk: Desk): void {
  const { session, editor, gate } = desk
  const made = useMemo(() => justMade(session.name), [session])
  const ready = session.ready.value
  const ending = session.ending.value
  // One suggested here before the reload: what is typed now must find the way there.
  const held = desk.suggesting.value && way.value === null

  useEffect(() => void resumeMode(desk), [desk])

  useEffect(() => {
    const { current: element } = sheet
    if (!ready || held || element === null || editor.peek() !== null) return
    const { doc, awareness, name } = session
    const put = (source: Y.Doc, editable: boolean, fails: () => void): Editor => {
      const created = createEditor(element, {
        name,
        isKnown: () => session.state.peek() === 'saved' && isWritten(session.doc),
        fragment: source.getXmlFragment(CONTENT),
        awareness,
        editable,
        tell,
        fails,
        suggesting: {
          isOn: () => desk.suggesting.peek(),
          author: () => desk.me.peek(),
          refuse: () => tell(message(way.peek() === null ? 'suggest.loading' : 'suggest.refused')),
        },
        commented: {
          has: (id: string) => desk.comments.threads.has(id),
          picked: (ids: string[]) => pickThread(desk, ids),
        },
      })
      followEditor(created, desk.revision)
      const read = () => readCaret(created.view)
      session.beforeRemote.add(read)
      // Of an editor that is gone there is no caret to read.
      created.on('destroy', () => session.beforeRemote.delete(read))
      if (editable) created.once('update', () => void keepLetters(created, session))
      editor.value = created
      return created
    }
    const remove = () => {
      // At once: what is behind the gate must not reach the binding.
      editor.peek()?.destroy()
      editor.value = null
    }
    /** Nothing can be shown: that is said, and whatever the reason is, the document is left alone. */
    const give = (error?: unknown) => {
      if (error !== undefined) console.error(error)
      remove()
      gate.value = { names: [], newer: false, failed: true }
    }
    const showShadow = (closed: Gate) => {
      gate.value = { ...closed, missing: () => countMissing(doc.getXmlFragment(CONTENT), schema) }
      try {
        put(castShadow(doc, schema), false, give)
      } catch (error) {
        give(error)
      }
    }
    const closed = judge(doc, schema, SCHEMA_VERSION)
    if (closed !== null) {
      showShadow(closed)
      return
    }
    let shut = false
    const close = () => {
      if (shut) return
      shut = true
      const stage = element.closest('.stage')
      const scrolled = stage?.scrollTop ?? 0
      remove()
      doc.once('afterAllTransactions', () => {
        showShadow(judge(doc, schema, SCHEMA_VERSION) ?? { names: [], newer: false })
        stage?.scrollTo({ top: scrolled, behavior: 'instant' })
      })
    }
    watchGate(doc, schema, SCHEMA_VERSION, close)
    signSchema(doc, SCHEMA_VERSION)
    try {
      offerCaret(put(doc, true, close), made)
    } catch (error) {
      shut = true
      give(error)
    }
  }, [ready, held, desk])

  useEffect(() => {
    if (ending !== null) editor.peek()?.setEditable(false)
  }, [ending])
}
