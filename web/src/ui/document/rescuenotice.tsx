// Tells a writer which of their words a merge took away, and offers them: into the text again, as an
// edit that can be undone; to be copied; or in the version that was kept.

import { Copy, History, LifeBuoy, Undo2 } from 'lucide-preact'
import { versionOf } from '../../api/history'
import { ATOM } from '../../atom'
import { restore } from '../../editor/putback'
import { message } from '../../i18n/message'
import { explain } from '../../i18n/refusal'
import type { Passage } from '../../sync/lost'
import { copy } from '../parts/copying'
import '../../style/rescue.css'
import { tell } from '../parts/toast'
import { useDesk } from './desk'

/** How much of the line stands beside the words. */
const BESIDE = 60

const plain = (text: string): string => text.replaceAll(ATOM, ' ')

/** A whole line without the ends of the words on both sides. */
const start = (text: string): string => (text.length > BESIDE ? `…${text.slice(-BESIDE)}` : text)
const end = (text: string): string => (text.length > BESIDE ? `${text.slice(0, BESIDE)}…` : text)

function Words({ passage }: { passage: Passage }) {
  return (
    <li>
      {start(plain(passage.before))}
      <mark>{plain(passage.words)}</mark>
      {end(plain(passage.after))}
    </li>
  )
}

export function RescueNotice() {
  const desk = useDesk()
  const { session, editor, gate } = desk
  const loss = session.loss.value
  const current = editor.value
  if (loss === null) return null
  // What was lost since this was shown is still to be told.
  const close = () => {
    const now = session.loss.peek()
    const passages = now?.passages.filter((passage) => !loss.passages.includes(passage)) ?? []
    session.loss.value = now !== null && passages.length > 0 ? { ...now, passages } : null
    current?.view.focus()
  }
  const writable =
    current !== null && gate.value === null && session.ending.value === null && !session.denied.value
  const putBack = async () => {
    if (current === null) return
    // The words are put into the text, so it is to be seen.
    if (desk.past.peek()) {
      ;(await import('../history/entry')).leavePast(desk)
      await new Promise(requestAnimationFrame)
      // Pressed twice meanwhile, or put away.
      if (!session.loss.peek()?.passages.includes(loss.passages[0] as Passage)) return
    }
    const done = restore(current, loss.passages)
    if (done === null) return
    const { strays, takeBack } = done
    close()
    tell(message(strays === 0 ? 'rescue.back' : 'rescue.backAtEnd'), {
      label: message('toolbar.undo'),
      run: () => {
        if (!takeBack()) tell(message('undo.late'))
        current.view.focus()
      },
    })
  }
  const copyWords = () =>
    copy(loss.passages.map(({ words }) => plain(words).trim()).join('\n'), 'rescue.copied')
  const look = async (branch: string | null) => {
    if (branch === null) return
    try {
      const [{ lookAt }, version] = await Promise.all([
        import('../history/entry'),
        versionOf(session.name, branch),
      ])
      await lookAt(desk, version)
    } catch (error) {
      tell(explain(error))
    }
  }
  return (
    <section class="rescue" role="alert" aria-labelledby="rescue-title">
      <LifeBuoy size={20} aria-hidden="true" />
      <div class="rescue-words">
        <h2 id="rescue-title">{message('rescue.title')}</h2>
        <p>{message('rescue.hint')}</p>
        {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a list that scrolls must be reached by keyboard. */}
        <ul tabIndex={0} aria-labelledby="rescue-title">
          {loss.passages.map((passage, index) => (
            <Words key={index} passage={passage} />
          ))}
        </ul>
      </div>
      <div class="rescue-actions">
        {writable && (
          <button type="button" class="button primary" onClick={() => void putBack()}>
            <Undo2 size={16} aria-hidden="true" /> {message('rescue.putBack')}
          </button>
        )}
        <button type="button" class="button" onClick={() => void copyWords()}>
          <Copy size={16} aria-hidden="true" /> {message('rescue.copy')}
        </button>
        {loss.branch !== null && (
          <button type="button" class="button" onClick={() => void look(loss.branch)}>
            <History size={16} aria-hidden="true" /> {message('rescue.version')}
          </button>
        )}
        <button type="button" class="button" onClick={close}>
          {message('rescue.dismiss')}
        </button>
      </div>
    </section>
  )
}
