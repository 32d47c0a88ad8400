// One thread as a card: what was said, by whom and when, and what can be done about it. A card that is
// looked at shows everything and takes a reply; the others show how it began.
import { Check, Ellipsis, Pencil, RotateCcw, Trash2 } from 'lucide-preact'
import { useEffect, useRef } from 'preact/hooks'
import { changeOf, replyTo } from '../../comments/drafts'
import type { Message, Thread } from '../../comments/thread'
import { counted, message } from '../../i18n/message'
import { exactly, when } from '../../i18n/when'
import { initials } from '../../people/name'
import { useDesk } from '../document/desk'
import { IconButton } from '../parts/button'
import { composes } from '../parts/keys'
import { Menu, MenuItem } from '../parts/menu'
import { activate, canComment } from './acts'
import { Composer } from './composer'
import { canChange, change, removeMessage, reopen, reply, resolve, showWords, takenUnder } from './deeds'
import { minute } from './minute'

interface Props {
  thread: Thread
  /** Its words are in the text. */
  placed: boolean
  /** It was deleted while something was written in it here. */
  deleted?: boolean
  /** In the panel the words stand above it; in the margin they are beside it. */
  quoted: boolean
}

export function Card({ thread, placed, quoted, deleted = false }: Props) {
  const desk = useDesk()
  const card = useRef<HTMLElement>(null)
  const { active, drafts } = desk.comments
  const looked = active.value === thread.id
  const writable = canComment(desk)
  const answering = drafts.begun.value.has(replyTo(thread.id))
  const open = thread.resolved === null && !deleted
  const taken = takenUnder(desk.comments, thread)
  const [first, ...rest] = [...thread.messages, ...taken] as [Message, ...Message[]]
  const goneOf = (comment: Message): Gone | null =>
    deleted ? 'with its thread' : taken.includes(comment) ? 'alone' : null
  const excerpt = first.text.length > 60 ? `${first.text.slice(0, 60)}…` : first.text

  useEffect(() => {
    if (looked && quoted) card.current?.scrollIntoView({ block: 'nearest' })
  }, [looked])

  const look = () => {
    if (active.peek() !== thread.id) activate(desk, thread.id)
  }
  return (
    <article
      ref={card}
      class={looked ? 'card looked' : 'card'}
      data-thread={thread.id}
      tabIndex={-1}
      aria-label={message('comments.thread', { name: first.by.name, text: excerpt })}
      aria-current={looked ? 'true' : undefined}
      onFocusIn={look}
      onPointerUp={look}
      onKeyDown={(event) => {
        if (event.key !== 'Escape' || event.defaultPrevented || composes(event) || quoted) return
        event.preventDefault()
        activate(desk, null)
        desk.editor.peek()?.view.focus()
      }}
    >
      {quoted && <Words thread={thread} placed={placed} />}
      <Said thread={thread} comment={first} gone={goneOf(first)}>
        {deleted
          ? null
          : thread.resolved === null
            ? writable && (
                <IconButton
                  icon={Check}
                  label={message('comments.resolve')}
                  onPress={() => resolve(desk, thread)}
                />
              )
            : writable && (
                <IconButton
                  icon={RotateCcw}
                  label={message('comments.reopen')}
                  onPress={() => reopen(desk, thread)}
                />
              )}
      </Said>
      {deleted && <p class="card-note">{message('comments.gone')}</p>}
      {thread.resolved !== null && (
        <p class="card-note">
          {message('comments.resolvedBy', {
            name: thread.resolved.by.name,
            time: when(thread.resolved.at, minute.value),
          })}
        </p>
      )}
      {looked ? (
        rest.map((comment) => (
          <Said key={comment.id} thread={thread} comment={comment} gone={goneOf(comment)} />
        ))
      ) : rest.length > 0 ? (
        <button type="button" class="card-more" onClick={look}>
          {counted('comments.replies', rest.length)}
        </button>
      ) : null}
      {looked && writable && (open || answering) && (
        <Composer
          purpose={replyTo(thread.id)}
          label={message('comments.reply')}
          submit={message(open ? 'comments.replySubmit' : 'comments.replyAnyway')}
          quiet
          onSend={(text) => reply(desk, thread, text)}
        />
      )}
    </article>
  )
}

function Words({ thread, placed }: { thread: Thread; placed: boolean }) {
  if (!placed)
    return (
      <p class="card-words gone">
        {thread.quote !== '' && <q dir="auto">{thread.quote}</q>} <span>{message('comments.wordsGone')}</span>
      </p>
    )
  return (
    <button
      type="button"
      class="card-words"
      title={message('comments.showWords')}
      onClick={() => showWords(thread.id)}
    >
      <q dir="auto">{thread.quote}</q>
    </button>
  )
}

/** How a message was deleted while it was being changed, or its thread answered. */
type Gone = 'alone' | 'with its thread'

interface SaidProps {
  thread: Thread
  comment: Message
  gone: Gone | null
  children?: preact.ComponentChildren
}

/** Whether a text may take more than the four lines that a card shows of it when nobody looks at it. */
const isLong = (text: string): boolean => text.length > 80 || text.includes('\n')

/** One message of a thread. */
function Said({ thread, comment, gone, children }: SaidProps) {
  const desk = useDesk()
  const { drafts } = desk.comments
  const purpose = changeOf(comment.id)
  const editing = drafts.begun.value.has(purpose)
  // What is gone can only be said again.
  const mine = gone === null && canChange(desk, comment.id)
  return (
    <div class="said" data-message={comment.id}>
      <div class="said-head">
        <span
          class="avatar"
          style={{ background: comment.by.color }}
          data-letters={initials(comment.by.name)}
          aria-hidden="true"
        />
        <span class="said-by">
          <b>{comment.by.name}</b>
          <time dateTime={comment.at} title={exactly(comment.at)}>
            {when(comment.at, minute.value)}
            {comment.edited !== null && ` · ${message('comments.edited')}`}
          </time>
        </span>
        {mine && (
          <Menu
            label={message('comments.menu')}
            class="icon-button"
            placement="bottom-end"
            face={<Ellipsis size={17} aria-hidden="true" />}
          >
            <MenuItem
              label={message('comments.edit')}
              icon={<Pencil size={16} aria-hidden="true" />}
              onChoose={() => {
                drafts.write(purpose, comment.text)
              }}
            />
            <MenuItem
              label={message('comments.delete')}
              icon={<Trash2 size={16} aria-hidden="true" />}
              danger
              onChoose={() => removeMessage(desk, thread, comment.id)}
            />
          </Menu>
        )}
        {children}
      </div>
      {gone === 'alone' && <p class="card-note">{message('comments.gone')}</p>}
      {editing ? (
        <Composer
          purpose={purpose}
          label={message('comments.edit')}
          submit={message(gone === null ? 'comments.save' : 'comments.submit')}
          text={comment.text}
          eager
          onSend={(text) => change(desk, thread, comment.id, text)}
          onCancel={() => drafts.drop(purpose)}
        />
      ) : (
        <p class={isLong(comment.text) ? 'said-text long' : 'said-text'}>{comment.text}</p>
      )}
    </div>
  )
}
