// The card of a comment that is being written. Somebody else may delete its words meanwhile: that is said.
import { NEW } from '../../comments/drafts'
import { quoteOf } from '../../comments/thread'
import { draftRange } from '../../editor/commenting'
import { message } from '../../i18n/message'
import { initials } from '../../people/name'
import { useDesk } from '../document/desk'
import { Composer } from './composer'
import { endDraft, sendDraft } from './deeds'

export function DraftCard({ quoted }: { quoted: boolean }) {
  const desk = useDesk()
  const words = desk.comments.drafting.value
  if (words === null) return null
  const me = desk.me.value
  desk.revision.value
  const editor = desk.editor.value
  const range = editor === null ? null : draftRange(editor.state)
  const gone = range !== null && range.from === range.to
  return (
    <section class="card looked draft" data-thread="draft" aria-label={message('command.comment')}>
      {(quoted || gone) && (
        <p class={gone ? 'card-words gone' : 'card-words'}>
          <q dir="auto">{quoteOf(words)}</q>{' '}
          <span role="status">{gone && message('comments.wordsGone')}</span>
        </p>
      )}
      <div class="said-head">
        <span
          class="avatar"
          style={{ background: me.color }}
          data-letters={initials(me.name)}
          aria-hidden="true"
        />
        <span class="said-by">
          <b>{me.name}</b>
        </span>
      </div>
      <Composer
        purpose={NEW}
        label={message('comments.write')}
        submit={message('comments.submit')}
        text={desk.comments.drafts.former}
        eager
        onSend={(text) => sendDraft(desk, text)}
        onCancel={() => endDraft(desk)}
      />
    </section>
  )
}
