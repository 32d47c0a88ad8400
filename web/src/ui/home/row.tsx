// One document in the list: its title, its name in the address, when it changed, who is in it. A
// document without a title goes by its name: a list full of "Untitled" tells nothing apart.
import { FileText, Trash2 } from 'lucide-preact'
import { documentPath } from '../../address'
import { type DocumentInfo, labelOf } from '../../api/documents'
import { counted, message } from '../../i18n/message'
import { exactly, size, when } from '../../i18n/when'
import { IconButton } from '../parts/button'

export function Row({ info, onDelete }: { info: DocumentInfo; onDelete: () => void }) {
  const label = labelOf(info)
  return (
    <li class="row" data-document={info.name}>
      <span class="row-icon">
        <FileText size={20} aria-hidden="true" />
      </span>
      <span class="row-names">
        <a href={documentPath(info.name)} class="row-title">
          {label}
        </a>
        <span class="row-name">{info.title?.trim() ? info.name : message('document.untitled')}</span>
      </span>
      {info.people > 0 && (
        <span class="row-people">
          <i class="dot online" /> {counted('count.people', info.people)}
        </span>
      )}
      <span class="row-size">{size(info.bytes)}</span>
      <time class="row-time" dateTime={info.updated} title={exactly(info.updated)}>
        {when(info.updated)}
      </time>
      <IconButton
        icon={Trash2}
        label={message('home.delete', { title: label })}
        class="row-delete"
        onPress={onDelete}
      />
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
