// Asks before a document is deleted, by its title, so that nobody deletes the wrong one by reflex.
import { counted, message } from '../../i18n/message'
import { Dialog } from '../parts/dialog'
import type { Entry } from './found'
import { titleOfEntry } from './row'

interface Props {
  entry: Entry
  onClose: () => void
  onDelete: (entry: Entry) => void
}

export function DeleteDialog({ entry, onClose, onDelete }: Props) {
  return (
    <Dialog title={message('delete.title')} onClose={onClose}>
      <p>{message('delete.question', { title: titleOfEntry(entry) })}</p>
      <p>{message('delete.restore')}</p>
      {entry.people > 0 && (
        <p class="hint bad">{message('delete.people', { people: counted('count.people', entry.people) })}</p>
      )}
      <div class="dialog-actions">
        <button type="button" class="button" onClick={onClose}>
          {message('dialog.cancel')}
        </button>
        <button type="button" class="button danger" onClick={() => onDelete(entry)}>
          {message('delete.confirm')}
        </button>
      </div>
    </Dialog>
  )
}
