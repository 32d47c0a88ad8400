// One document in the list: what it is called, how it begins or where something was found in it, who is
// in it now, when it changed, and what can be done with it. A document without a title goes by its first
// words, and by its name where there are none: a list full of "Untitled" tells nothing apart.
import {
  Ellipsis,
  FileText,
  Link2,
  Pin,
  PinOff,
  RotateCcw,
  SquareArrowOutUpRight,
  TextCursorInput,
  Trash2,
} from 'lucide-preact'
import { documentPath } from '../../address'
import { labelOf } from '../../api/documents'
import type { Piece } from '../../api/search'
import { message } from '../../i18n/message'
import { exactly, size, when } from '../../i18n/when'
import { pin, pinned } from '../../shelf'
import { copy } from '../parts/copying'
import { Menu, MenuItem } from '../parts/menu'
import { tell } from '../parts/toast'
import { type Entry, marked } from './found'
import { Present } from './present'

interface Props {
  entry: Entry
  /** What is looked for. */
  query: string
  onRename: () => void
  onDelete: () => void
}

interface TrashedProps {
  entry: Entry
  query: string
  busy: boolean
  onRestore: () => void
}

/** The server made these up; they say nothing. */
const isMadeUp = (name: string): boolean => /^[a-z]+-[a-z]+-\d{5}$/.test(name)

const Pieces = ({ of }: { of: readonly Piece[] }) => (
  <>{of.map(({ text, match }, at) => (match ? <mark key={at}>{text}</mark> : text))}</>
)

const excerptOf = (entry: Entry): string => entry.excerpt.map(({ text }) => text).join('')

const nameOf = (entry: Entry): string =>
  labelOf({ name: entry.name, title: entry.title, excerpt: excerptOf(entry) })

const copyAddress = (name: string): Promise<void> =>
  copy(new URL(documentPath(name), location.origin).href, 'command.address.copied')

/** The line below the title: the name where somebody chose it, and what the text says. */
function Line({ entry, query }: { entry: Entry; query: string }) {
  const hasTitle = Boolean(entry.title?.trim())
  const excerpt = excerptOf(entry)
  // Without a title the first words stand above already, unless it is others that were found.
  const isSaid = !hasTitle && !entry.excerpt.some(({ match }) => match)
  const showsName = excerpt === '' || !isMadeUp(entry.name)
  return (
    <span class="row-line">
      {showsName && nameOf(entry) !== entry.name && (
        <span class="row-name">
          <Pieces of={marked(entry.name, query)} />
        </span>
      )}
      {excerpt !== '' && !isSaid && (
        <span class="row-excerpt">
          <Pieces of={entry.excerpt} />
        </span>
      )}
      {entry.blank && <span class="row-excerpt">{message('home.nothingYet')}</span>}
    </span>
  )
}

const Time = ({ entry, said }: { entry: Entry; said: string }) => (
  <time
    class="row-time"
    dateTime={entry.at}
    title={entry.bytes === null ? exactly(entry.at) : `${exactly(entry.at)} · ${size(entry.bytes)}`}
  >
    {said}
  </time>
)

export function Row({ entry, query, onRename, onDelete }: Props) {
  const { name } = entry
  const label = nameOf(entry)
  const isPinned = pinned.value.includes(name)
  return (
    <li class="row" data-document={name}>
      <span class="row-icon">
        <FileText size={20} aria-hidden="true" />
      </span>
      <span class="row-names">
        <span class="row-head">
          <a
            href={documentPath(name)}
            class={entry.title?.trim() ? 'row-title' : 'row-title untitled'}
            data-row
          >
            <Pieces of={marked(label, query)} />
          </a>
          {isPinned && (
            <span class="row-pin" title={message('home.isPinned')}>
              <Pin size={13} aria-hidden="true" />
              <span class="unseen">{message('home.isPinned')}</span>
            </span>
          )}
        </span>
        <Line entry={entry} query={query} />
      </span>
      <Present people={entry.people} present={entry.present} />
      <Time entry={entry} said={when(entry.at)} />
      <Menu
        label={message('row.menu', { title: label })}
        class="icon-button row-menu"
        placement="bottom-end"
        face={<Ellipsis size={18} aria-hidden="true" />}
      >
        <MenuItem
          label={message('row.newTab')}
          icon={<SquareArrowOutUpRight size={17} />}
          onChoose={() => window.open(documentPath(name), '_blank', 'noopener')}
        />
        <MenuItem
          label={message(isPinned ? 'row.unpin' : 'row.pin')}
          icon={isPinned ? <PinOff size={17} /> : <Pin size={17} />}
          onChoose={() => {
            pin(name, !isPinned)
            tell(message(isPinned ? 'row.unpinned' : 'row.pinned', { title: label }))
          }}
        />
        <MenuItem
          label={message('command.address')}
          icon={<Link2 size={17} />}
          onChoose={() => void copyAddress(name)}
        />
        <MenuItem label={message('row.rename')} icon={<TextCursorInput size={17} />} onChoose={onRename} />
        <MenuItem label={message('row.delete')} icon={<Trash2 size={17} />} danger onChoose={onDelete} />
      </Menu>
    </li>
  )
}

/** A document in the trash: it cannot be opened, only restored. */
export function Trashed({ entry, query, busy, onRestore }: TrashedProps) {
  const label = nameOf(entry)
  return (
    <li class="row trashed" data-document={entry.name}>
      <span class="row-icon">
        <Trash2 size={19} aria-hidden="true" />
      </span>
      <span class="row-names">
        <span class="row-head">
          <span class="row-title">
            <Pieces of={marked(label, query)} />
          </span>
        </span>
        {label !== entry.name && (
          <span class="row-line">
            <span class="row-name">
              <Pieces of={marked(entry.name, query)} />
            </span>
          </span>
        )}
      </span>
      <Time entry={entry} said={message('row.deletedAt', { when: when(entry.at) })} />
      <button
        type="button"
        class="button row-restore"
        data-row
        disabled={busy}
        aria-label={message('row.restoreThis', { title: label })}
        onClick={onRestore}
      >
        <RotateCcw size={16} aria-hidden="true" /> {message('row.restore')}
      </button>
    </li>
  )
}

/** The shape of a list that is on its way. */
export function RowSkeletons() {
  return (
    <ul class="rows skeletons" aria-label={message('home.loading')} aria-busy="true">
      {[58, 41, 66, 35].map((width) => (
        <li key={width} class="row">
          <span class="row-icon" />
          <span class="bone" style={{ width: `${width}%` }} />
        </li>
      ))}
    </ul>
  )
}

/** What a document in the list is called. */
export const titleOfEntry = nameOf
