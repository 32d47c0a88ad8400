// Asks before a document is deleted, by its title, so that nobody deletes the wrong one by reflex.
import { documentPath } from '../../address'
import { type DocumentInfo, labelOf } from '../../api/documents'
import { counted, message } from '../../i18n/message'
import { Dialog } from '../parts/dialog'

interface Props {
  info: DocumentInfo
  onClose: () => void
  onDelete: (info: DocumentInfo) => void
}

export function DeleteDialog({ info, onClose, onDelete }: Props) {
  return (
    <Dialog title={message('delete.title')} onClose={onClose}>
      <p>{message('delete.question', { title: labelOf(info) })}</p>
      <p>{message('delete.restore', { address: decodeURI(documentPath(info.name)) })}</p>
      {info.people > 0 && (
        <p class="hint bad">{message('delete.people', { people: counted('count.people', info.people) })}</p>
      )}
      <div class="dialog-actions">
        <button type="button" class="button" onClick={onClose}>
          {message('dialog.cancel')}
        </button>
        <button type="button" class="button danger" onClick={() => onDelete(info)}>
          {message('delete.confirm')}
        </button>
      </div>
    </Dialog>
  )
}
