// What is said where there is nothing to list, and the way on from there.
import { Clock3, LayoutTemplate, Pin, Plus, SearchX, Trash2 } from 'lucide-preact'
import type { ComponentChildren } from 'preact'
import { message } from '../../i18n/message'
import { Mark } from '../parts/mark'
import type { Place } from './tab'

interface Props {
  place: Place
  onBlank: () => void
  onName: (name: string) => void
  onTemplate: () => void
}

interface EmptyProps {
  picture: ComponentChildren
  title: string
  hint: string
  children?: ComponentChildren
}

const Empty = ({ picture, title, hint, children }: EmptyProps) => (
  <div class="empty">
    <span class="empty-picture">{picture}</span>
    <h2>{title}</h2>
    <p>{hint}</p>
    {children && <div class="empty-actions">{children}</div>}
  </div>
)

export function Nothing({ place: { tab, query }, onBlank, onName, onTemplate }: Props) {
  if (tab === 'trash')
    return query === '' ? (
      <Empty
        picture={<Trash2 size={30} />}
        title={message('home.emptyTrash')}
        hint={message('home.emptyTrash.hint')}
      />
    ) : (
      <Empty
        picture={<SearchX size={30} />}
        title={message('home.notFound', { query })}
        hint={message('home.notFound.trash')}
      />
    )
  if (query !== '')
    return (
      <Empty
        picture={<SearchX size={30} />}
        title={message('home.notFound', { query })}
        hint={message('home.notFound.hint')}
      >
        <button type="button" class="button primary" onClick={() => onName(query)}>
          <Plus size={17} aria-hidden="true" /> {message('home.createThis', { query })}
        </button>
      </Empty>
    )
  if (tab === 'recent')
    return (
      <Empty
        picture={<Clock3 size={30} />}
        title={message('home.emptyRecent')}
        hint={message('home.emptyRecent.hint')}
      />
    )
  if (tab === 'pinned')
    return (
      <Empty
        picture={<Pin size={30} />}
        title={message('home.emptyPinned')}
        hint={message('home.emptyPinned.hint')}
      />
    )
  return (
    <Empty picture={<Mark size={56} />} title={message('home.empty')} hint={message('home.empty.hint')}>
      <button type="button" class="button primary" onClick={onBlank}>
        <Plus size={17} aria-hidden="true" /> {message('home.empty.create')}
      </button>
      <button type="button" class="button" onClick={onTemplate}>
        <LayoutTemplate size={17} aria-hidden="true" /> {message('home.createFrom')}
      </button>
    </Empty>
  )
}
