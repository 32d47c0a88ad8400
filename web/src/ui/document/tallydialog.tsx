// How much there is of the text, and of what is selected in it.
import { type Tally, tally } from '../../editor/tally'
import { countSelected, readingMinutes, speakingMinutes } from '../../editor/words'
import { counted, LOCALE, type MessageKey, message } from '../../i18n/message'
import { Dialog } from '../parts/dialog'
import { useDesk } from './desk'

const ROWS: [keyof Tally, MessageKey][] = [
  ['words', 'tally.words'],
  ['characters', 'tally.characters'],
  ['letters', 'tally.letters'],
  ['paragraphs', 'tally.paragraphs'],
  ['headings', 'tally.headings'],
]

export function TallyDialog({ onClose }: { onClose: () => void }) {
  const { editor: current } = useDesk()
  const editor = current.value
  if (editor === null) return null
  const { doc, selection } = editor.state
  const all = tally(doc)
  const rows: [string, string][] = [
    ...ROWS.map(([part, key]): [string, string] => [message(key), all[part].toLocaleString(LOCALE)]),
    [message('tally.reading'), counted('tally.minutes', readingMinutes(all.words))],
    [message('tally.speaking'), counted('tally.minutes', speakingMinutes(all.words))],
  ]
  if (!selection.empty)
    rows.push([message('tally.selected'), counted('count.words', countSelected(editor.state))])
  return (
    <Dialog title={message('tally.title')} onClose={onClose}>
      <dl class="tally">
        {rows.map(([label, value]) => (
          <div key={label}>
            <dt>{label}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
    </Dialog>
  )
}
