// The way to the comments in the header: how many threads are open, and how many comments of others
// came since one last looked on this device. What comes while the page is open is also said to those
// who cannot see it, politely and at most once every few seconds.
import { useComputed, useSignal } from '@preact/signals'
import { MessageSquare } from 'lucide-preact'
import { useEffect, useRef } from 'preact/hooks'
import { isOwn } from '../../comments/own'
import { readSeen, storeSeen } from '../../comments/seen'
import { counted, message } from '../../i18n/message'
import { togglePanel } from '../document/commands'
import { useDesk } from '../document/desk'

const INTERVAL = 2000
/** So much of a new comment is read out. */
const EXCERPT = 120

export function CommentsButton() {
  const desk = useDesk()
  const { threads, active } = desk.comments
  const seen = useSignal<ReadonlySet<string>>(readSeen(desk.session.name))
  const open = useComputed(() => threads.list.value.filter((thread) => thread.resolved === null))
  const fresh = useComputed(() =>
    open.value
      .flatMap((thread) => thread.messages)
      .filter((comment) => !isOwn(comment.id) && !seen.value.has(comment.id)),
  )
  const looking = desk.panel.value === 'comments'
  const all = threads.list.value
  const looked = active.value
  useEffect(() => {
    if (!desk.session.ready.peek()) return
    const inSight = looking ? all : all.filter((thread) => thread.id === looked)
    const ids = inSight.flatMap((thread) => thread.messages.map((comment) => comment.id))
    if (ids.every((id) => seen.peek().has(id))) return
    // What is not in the document any more need not be remembered.
    const here = new Set(all.flatMap((thread) => thread.messages.map((comment) => comment.id)))
    const next = new Set([...seen.peek(), ...ids].filter((id) => here.has(id)))
    seen.value = next
    storeSeen(desk.session.name, next)
  }, [looking, all, looked])

  const count = open.value.length
  const news = fresh.value.length
  const label = [
    message('comments.title'),
    count > 0 ? counted('comments.open', count) : '',
    news > 0 ? counted('comments.new', news) : '',
  ]
    .filter((part) => part !== '')
    .join(', ')
  return (
    <>
      <button
        type="button"
        class={looking ? 'icon-button comments-button on' : 'icon-button comments-button'}
        title={label}
        aria-label={label}
        aria-expanded={looking}
        onMouseDown={(event) => event.preventDefault()}
        onClick={() => togglePanel('comments')(desk)}
      >
        <MessageSquare size={18} aria-hidden="true" />
        {count > 0 && (
          <span class={news > 0 ? 'count-badge new' : 'count-badge'} data-count={news || count} />
        )}
      </button>
      <NewComments />
    </>
  )
}

/** Says that somebody commented, to those who do not see it. */
function NewComments() {
  const { comments, session } = useDesk()
  const said = useSignal('')
  const known = useRef<Set<string> | null>(null)
  const all = comments.threads.list.value
  const ready = session.ready.value
  useEffect(() => {
    if (!ready) return
    const timer = setTimeout(
      () => {
        const messages = all.flatMap((thread) => thread.messages)
        const before = known.current
        known.current = new Set(messages.map((comment) => comment.id))
        if (before === null) return
        const [first, ...more] = messages.filter((comment) => !before.has(comment.id) && !isOwn(comment.id))
        if (first === undefined) return
        const text = first.text.length > EXCERPT ? `${first.text.slice(0, EXCERPT)}…` : first.text
        said.value =
          more.length === 0
            ? message('comments.announce', { name: first.by.name, text })
            : counted('comments.announceMany', more.length + 1)
      },
      known.current === null ? 0 : INTERVAL,
    )
    return () => clearTimeout(timer)
  }, [all, ready])
  return (
    <div class="unseen" aria-live="polite">
      {said.value}
    </div>
  )
}
