// The foot of the page: how much text there is (and more of that on a press), and how the connection does.
import { useSignal } from '@preact/signals'
import { useEffect } from 'preact/hooks'
import { countSelected, countWords, readingMinutes } from '../../editor/words'
import { counted, LOCALE, message } from '../../i18n/message'
import { useDesk } from './desk'
import { onPause } from './pause'

export function Footer() {
  return (
    <footer class="foot">
      <WordCount />
      <span class="grow" />
      <Connection />
    </footer>
  )
}

function WordCount() {
  const { editor: current, revision, dialog } = useDesk()
  const words = useSignal(0)
  const editor = current.value
  useEffect(() => {
    if (editor === null) return
    return onPause(editor, () => {
      words.value = countWords(editor.state.doc)
    })
  }, [editor])
  revision.value
  if (editor === null) return null
  const minutes = readingMinutes(words.value)
  const selected = countSelected(editor.state)
  return (
    <button
      type="button"
      class="count"
      title={message('tally.open')}
      onMouseDown={(event) => event.preventDefault()}
      onClick={() => (dialog.value = 'tally')}
    >
      {selected > 0
        ? message('count.selected', {
            selected: selected.toLocaleString(LOCALE),
            words: counted('count.words', words.value),
          })
        : counted('count.words', words.value)}
      {minutes > 0 && (
        <>
          <span aria-hidden="true"> · </span>
          {counted('count.minutes', minutes)}
        </>
      )}
    </button>
  )
}

function Connection() {
  const { session } = useDesk()
  const latency = session.latency.value
  if (session.ending.value !== null)
    return (
      <span class="connection">
        <i class="dot" /> {message('connection.ended')}
      </span>
    )
  if (!session.online.value)
    return (
      <span class="connection" data-connection="offline">
        <i class="dot offline" /> {message('connection.offline')}
      </span>
    )
  return (
    <span class="connection" data-connection="online" title={message('connection.hint')}>
      <i class="dot online" />
      {latency === null ? message('connection.online') : message('connection.latency', { latency })}
    </span>
  )
}
