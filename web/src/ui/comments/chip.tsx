// Where there is no room for cards: words that have a thread show in a line below them how it began,
// and lead to it. The words themselves stay within reach of the caret.
import '../../style/cards.css'
import { counted, message } from '../../i18n/message'
import { initials } from '../../people/name'
import { useDesk } from '../document/desk'
import { Floating } from '../parts/floating'
import { enterThread } from './acts'

export function Chip() {
  const desk = useDesk()
  const { threads, active } = desk.comments
  desk.revision.value
  const thread = threads.list.value.find((thread) => thread.id === active.value && thread.resolved === null)
  const first = thread?.messages[0]
  if (thread === undefined || first === undefined) return null
  const words = document.querySelector(`.text .comment[data-comment="${thread.id}"]`)
  if (words === null) return null
  const rest = thread.messages.length - 1
  return (
    <Floating anchor={words} placement="bottom-start" class="comment-chip">
      <button
        type="button"
        onMouseDown={(event) => event.preventDefault()}
        onClick={() => enterThread(desk, thread.id)}
      >
        <span class="avatar" style={{ background: first.by.color }} data-letters={initials(first.by.name)} />
        <span class="chip-text">
          <b>{first.by.name}</b> {first.text}
        </span>
        <small>{rest > 0 ? counted('comments.replies', rest) : message('comments.openThread')}</small>
      </button>
    </Floating>
  )
}
