// Deletes the document that is open, as the list of documents does: asked first, and taken back by one press.
// The page stays, and says what can be done with what is still to be seen here (ending.tsx).
import { deleteDocument, Refusal, restoreDocument } from '../../api/documents'
import { message } from '../../i18n/message'
import { explain } from '../../i18n/refusal'
import { DeleteDialog } from '../home/deletedialog'
import { tell } from '../parts/toast'
import { calledHere } from './calling'
import { useDesk } from './desk'

async function remove(name: string, title: string): Promise<void> {
  try {
    await deleteDocument(name)
  } catch (error) {
    // Somebody was faster: it is gone, as was wished.
    if (!(error instanceof Refusal && error.code === 'document_deleted')) return tell(explain(error))
  }
  tell(message('home.deleted', { title }), {
    label: message('home.undo'),
    run: () => {
      restoreDocument(name).then(
        () => location.reload(),
        (error: unknown) => tell(explain(error)),
      )
    },
  })
}

export function Deleting({ onClose }: { onClose: () => void }) {
  const desk = useDesk()
  const title = calledHere(desk)
  return (
    <DeleteDialog
      title={title}
      people={desk.people.value.length}
      onClose={onClose}
      onDelete={() => {
        onClose()
        void remove(desk.session.name, title)
      }}
    />
  )
}
