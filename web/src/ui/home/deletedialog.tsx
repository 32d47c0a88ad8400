// Asks before a document is deleted, by its title, so that nobody deletes the wrong one by reflex.
import { counted, message } from '../../i18n/message'
import { Dialog } from '../parts/dialog'

interface Props {
  title: string
  /** How many have it open, oneself aside. */
  people: number
  onClose: () => void
  onDelete: () => void
}

export function DeleteDialog({ title, people, onClose, onDelete }: Props) {
  return (
    <Dialog title={message('delete.title')} onClose={onClose}>
      <p>{message('delete.question', { title })}</p>
      <p>{message('delete.restore')}</p>
      {people > 0 && (
        <p class="hint bad">{message('delete.people', { people: counted('count.people', people) })}</p>
      )}
      <div class="dialog-actions">
        <button type="button" class="button" onClick={onClose}>
          {message('dialog.cancel')}
        </button>
        <button type="button" class="button danger" onClick={onDelete}>
          {message('delete.confirm')}
        </button>
      </div>
    </Dialog>
  )
}
