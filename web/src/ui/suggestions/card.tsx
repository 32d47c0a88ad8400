// Next to a suggestion at the caret or under the pointer: whose it is, what it is, and what to do with it.
import { useSignal } from '@preact/signals'
import { posToDOMRect } from '@tiptap/core'
import type { Transaction } from '@tiptap/pm/state'
import { ySyncPluginKey } from '@tiptap/y-tiptap'
import { Check, X } from 'lucide-preact'
import { useEffect } from 'preact/hooks'
import type { Suggestion } from '../../editor/proposed'
import { message } from '../../i18n/message'
import { exactly, when } from '../../i18n/when'
import { tidyName } from '../../people/name'
import { useDesk } from '../document/desk'
import { IconButton } from '../parts/button'
import { Floating } from '../parts/floating'
import { canWrite, currentOf, settle } from './acts'

const LONGEST = 90
/** So long the card waits for the pointer to reach it. */
const LINGER = 250

const brief = (text: string): string => {
  const line = text.replaceAll('\n', '¶')
  return line.length > LONGEST ? `${line.slice(0, LONGEST)}…` : line
}

function whatOf({ added, deleted }: Suggestion): string {
  if (deleted === '') return message('suggest.added', { text: brief(added) })
  if (added === '') return message('suggest.deleted', { text: brief(deleted) })
  return message('suggest.replaced', { added: brief(added), deleted: brief(deleted) })
}

const idUnder = (target: EventTarget | null): string | null => {
  const mark = target instanceof Element ? target.closest<HTMLElement>('.suggested') : null
  return mark?.dataset.id ?? null
}

export function SuggestionCard({ all }: { all: Suggestion[] }) {
  const desk = useDesk()
  const pointed = useSignal<string | null>(null)
  const dismissed = useSignal<string | null>(null)
  // Whoever is writing needs no card over the next line.
  const writing = useSignal(false)
  const editor = desk.editor.value
  useEffect(() => {
    if (editor === null) return
    let timer: ReturnType<typeof setTimeout> | undefined
    const over = (event: MouseEvent) => {
      const onCard = event.target instanceof Element && event.target.closest('.suggestion-card') !== null
      if (onCard) {
        clearTimeout(timer)
        return
      }
      const id = idUnder(event.target)
      if (id === pointed.peek() && id !== null) clearTimeout(timer)
      if (id === pointed.peek()) return
      clearTimeout(timer)
      timer = setTimeout(() => {
        pointed.value = id
      }, LINGER)
    }
    const leave = (event: KeyboardEvent) => {
      if (event.key !== 'Escape') return
      dismissed.value = pointed.peek() ?? currentOf(desk)
    }
    const follow = ({ transaction }: { transaction: Transaction }) => {
      if (transaction.getMeta(ySyncPluginKey) !== undefined) return
      if (transaction.docChanged) writing.value = true
      else if (transaction.selectionSet) writing.value = false
    }
    editor.on('transaction', follow)
    document.addEventListener('mouseover', over)
    document.addEventListener('keydown', leave)
    return () => {
      clearTimeout(timer)
      editor.off('transaction', follow)
      document.removeEventListener('mouseover', over)
      document.removeEventListener('keydown', leave)
    }
  }, [editor])
  if (editor === null) return null
  const { selection } = editor.state
  const held = editor.isFocused || document.activeElement?.closest('.suggestion-card') != null
  const here = held && selection.empty && !writing.value ? currentOf(desk) : null
  if (here !== dismissed.peek() && dismissed.peek() !== null && pointed.value === null) dismissed.value = null
  const id = pointed.value ?? here
  const suggestion = all.find((one) => one.id === id)
  if (suggestion === undefined || id === dismissed.value || desk.linking.value || !selection.empty)
    return null
  const decide = (verdict: 'accept' | 'reject') => {
    pointed.value = null
    void settle(desk, verdict, suggestion.id)
  }
  const name = tidyName(suggestion.by) ?? message('suggest.somebody')
  const anchor = {
    getBoundingClientRect: () => {
      const size = editor.state.doc.content.size
      return posToDOMRect(editor.view, Math.min(suggestion.from, size), Math.min(suggestion.to, size))
    },
    contextElement: editor.view.dom,
  }
  return (
    <Floating anchor={anchor} placement="bottom-start" gap={6} class="suggestion-card" onSheet>
      <div role="group" aria-label={message('suggest.card', { name })}>
        <p class="suggestion-who">
          <i style={{ '--person': suggestion.color ?? 'gray' }} />
          <strong>{name}</strong>
          <time dateTime={suggestion.at} title={exactly(suggestion.at)}>
            {when(suggestion.at)}
          </time>
        </p>
        <p class="suggestion-what">{whatOf(suggestion)}</p>
        {canWrite(desk) && (
          <p class="suggestion-verdicts">
            <IconButton
              icon={Check}
              class="accept"
              label={message('suggest.accept')}
              shortcut="Mod-Alt-Shift-a"
              onPress={() => decide('accept')}
            />
            <IconButton
              icon={X}
              class="reject"
              label={message('suggest.reject')}
              shortcut="Mod-Alt-Shift-r"
              onPress={() => decide('reject')}
            />
          </p>
        )}
      </div>
    </Floating>
  )
}
