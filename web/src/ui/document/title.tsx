// The title, kept in the shared map next to the text.
//
// A map keeps whole values: the last writer wins. So a title is sent in the pauses between letters, and
// at once when the field or the page is left; and when another title comes while somebody types here,
// both changes are made of one (retitling.ts); of what was sent and left already, where they do not touch.
// What is not sent yet is not called saved. What of a title is too long to be shown stays behind what is
// written.
import { useSignal } from '@preact/signals'
import { useEffect, useRef } from 'preact/hooks'
import * as Y from 'yjs'
import { labelOf } from '../../api/documents'
import { message } from '../../i18n/message'
import { wholeLetters } from '../../letters'
import { META } from '../../sync/session'
import { LONGEST_TITLE, titleOf } from '../../title'
import { composes } from '../parts/keys'
import { firstWords } from './calling'
import { useDesk } from './desk'
import { onPause } from './pause'
import { areApart, caretAfter, mergeTitles } from './retitling'

const PAUSE = 250

/** The item that holds the title; its origin is the one that its writer saw. */
const lastItem = (meta: Y.Map<unknown>): Y.Item | undefined => meta._map.get('title')

/** Whether a title was written over another one, or over one that was. */
function isOver(doc: Y.Doc, title: Y.Item | undefined, { client, clock }: Y.ID): boolean {
  for (let seen = title?.origin ?? null; seen !== null; ) {
    const item: Y.Item | Y.GC = Y.getItem(doc.store, seen)
    // Items that are gone may have become one.
    if (seen.client === client && item.id.clock <= clock && clock <= seen.clock) return true
    seen = item instanceof Y.Item ? item.origin : null
  }
  return false
}

export function Title() {
  const { session, editor, gate } = useDesk()
  const meta = session.doc.getMap<unknown>(META)
  const shared = useSignal('')
  const draft = useSignal<string | null>(null)
  const field = useRef<HTMLInputElement>(null)
  /** What was sent since somebody else's title came, one after the other, and what the first took the place of. */
  const sent = useRef<{ before: string; title: string; id: Y.ID }[]>([])
  /** The end of the title that is not shown. */
  const hidden = useRef('')
  const sending = useRef(false)
  const timer = useRef<ReturnType<typeof setTimeout> | undefined>(undefined)
  /** How the text begins: by that it goes while it has no title, here as in lists. */
  const excerpt = useSignal('')
  const page = editor.value

  const tidy = (title: string) => {
    const letters = wholeLetters(title)
    return hidden.current === '' ? letters.trim() : letters.trimStart()
  }
  const send = () => {
    clearTimeout(timer.current)
    const mine = draft.peek()
    const title = mine === null ? shared.peek() : tidy(mine)
    if (title !== shared.peek()) {
      const before = shared.peek()
      shared.value = title
      sending.current = true
      meta.set('title', title + hidden.current)
      sending.current = false
      const item = lastItem(meta)
      if (item !== undefined) sent.current.push({ before, title, id: item.id })
    }
    session.holding.value = false
    if (document.activeElement !== field.current) draft.value = null
  }

  const sendSoon = () => {
    session.holding.value = true
    clearTimeout(timer.current)
    timer.current = setTimeout(send, PAUSE)
  }

  useEffect(() => {
    const read = (event?: Y.YMapEvent<unknown>) => {
      if (event?.keysChanged.has('title') === false) return
      const whole = meta.get('title')
      // Of one's own as much is shown as was before.
      if (sending.current) return
      const now = titleOf(whole)
      const typed = draft.peek()
      const left = sent.current.at(-1)?.title
      const common = commonTitle()
      if (typed !== null && now !== tidy(typed)) {
        const merged = mergeTitles(common, typed, now)
        const input = field.current
        if (input !== null) {
          // A value that is set moves the caret to its end.
          const carets = [input.selectionStart ?? 0, input.selectionEnd ?? 0] as const
          input.value = merged
          input.setSelectionRange(caretAfter(typed, merged, carets[0]), caretAfter(typed, merged, carets[1]))
        }
        draft.value = merged
      } else if (typed === null && left !== undefined && left !== common && areApart(common, left, now))
        draft.value = mergeTitles(common, left, now)
      shared.value = now
      hidden.current = typeof whole === 'string' ? whole.slice(now.length) : ''
      // What both made of it nobody else has yet.
      const made = draft.peek()
      if (made !== null && tidy(made) !== now && !field.current?.disabled) sendSoon()
    }
    // Whoever wrote this title saw one of mine, or what was there before them all; or theirs was written at the
    // same moment, and lost against mine.
    const commonTitle = (): string => {
      const { current } = sent
      const [first] = current
      const last = lastItem(meta)
      const isMine = current.some(({ id }) => Y.compareIDs(last?.id ?? null, id))
      if (first === undefined || isMine) return shared.peek()
      sent.current = []
      const seen = current.findLast(({ id }) => isOver(session.doc, last, id))
      return seen?.title ?? first.before
    }
    read()
    meta.observe(read)
    session.beforeLeaving.add(send)
    return () => {
      meta.unobserve(read)
      session.beforeLeaving.delete(send)
    }
  }, [meta])

  useEffect(() => {
    if (page === null) return
    return onPause(page, () => {
      excerpt.value = firstWords(page.state.doc)
    })
  }, [page])

  const label = labelOf({ name: session.name, title: shared.value, excerpt: excerpt.value })
  useEffect(() => {
    document.title = `${label} · cowrite`
  }, [label])
  const placeholder = excerpt.value === '' ? message('document.untitled') : label

  return (
    <input
      ref={field}
      class="title"
      type="text"
      aria-label={message('document.title')}
      placeholder={placeholder}
      // Counted as a field counts: no letters more than the server takes. It may hold more than that.
      maxLength={LONGEST_TITLE}
      disabled={!session.ready.value || session.ending.value !== null || gate.value !== null}
      value={draft.value ?? shared.value}
      size={Math.min(40, Math.max(8, (draft.value || shared.value || placeholder).length))}
      onInput={(event) => {
        draft.value = event.currentTarget.value
        sendSoon()
      }}
      onBlur={() => {
        send()
        draft.value = null
      }}
      onKeyDown={(event) => {
        if (composes(event)) return
        if (event.key === 'Enter') {
          event.preventDefault()
          // At once, not on the next frame: the next key belongs to the text already.
          editor.peek()?.commands.setTextSelection(0)
          editor.peek()?.view.focus()
        }
        if (event.key === 'Escape') {
          clearTimeout(timer.current)
          draft.value = null
          session.holding.value = false
          event.currentTarget.blur()
        }
      }}
    />
  )
}
