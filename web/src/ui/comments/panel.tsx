// All threads in a panel, in the order of the text: the open ones or the resolved ones. A thread whose
// words were deleted stays here, with the words as they were.
import { useSignal } from '@preact/signals'
import { MessageSquare } from 'lucide-preact'
import '../../style/cards.css'
import type { Thread } from '../../comments/thread'
import { counted, message } from '../../i18n/message'
import { useDesk } from '../document/desk'
import { SidePanel } from '../document/sidepanel'
import { Card } from './card'
import { deletedUnder, isWrittenIn } from './deeds'
import { DraftCard } from './draft'

export function CommentsPanel() {
  const { comments } = useDesk()
  const { threads, placed } = comments
  const all = threads.list.value
  const resolved = useSignal(false)
  const places = new Map(placed.value.map((id, index) => [id, index]))
  const place = (thread: Thread) => places.get(thread.id) ?? Number.POSITIVE_INFINITY
  const shown = all
    .filter((thread) => (thread.resolved !== null) === resolved.value || isWrittenIn(comments, thread))
    .sort((a, b) => {
      const [one, other] = [place(a), place(b)]
      return one === other ? 0 : one - other
    })
  const count = (wanted: boolean) => all.filter((thread) => (thread.resolved !== null) === wanted).length
  return (
    <SidePanel title={message('comments.title')} class="comments-panel">
      <div class="filter" role="group" aria-label={message('comments.filter')}>
        {[false, true].map((wanted) => (
          <button
            key={String(wanted)}
            type="button"
            aria-pressed={resolved.value === wanted}
            onClick={() => {
              resolved.value = wanted
            }}
          >
            {message(wanted ? 'comments.filter.resolved' : 'comments.filter.open')}
            <span class="filter-count">{count(wanted)}</span>
          </button>
        ))}
      </div>
      <DraftCard quoted />
      {shown.map((thread) => (
        <Card key={thread.id} thread={thread} placed={places.has(thread.id)} quoted />
      ))}
      {deletedUnder(comments).map((thread) => (
        <Card key={thread.id} thread={thread} placed={false} quoted deleted />
      ))}
      {threads.cut.value && <p class="card-note">{message('comments.cut')}</p>}
      {shown.length === 0 && comments.drafting.value === null && (
        <div class="empty">
          <MessageSquare size={34} aria-hidden="true" />
          <p>{message(resolved.value ? 'comments.none.resolved' : 'comments.none')}</p>
        </div>
      )}
      <p class="unseen" role="status">
        {counted('comments.listed', shown.length)}
      </p>
    </SidePanel>
  )
}
