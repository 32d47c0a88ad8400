// Asks before a document goes back to what it was, in plain words: for whom, and that there is a way back.
import { message } from '../../i18n/message'
import { Dialog } from '../parts/dialog'
import { restore } from './deeds'
import { called } from './moment'
import type { Past } from './past'

export function RestoreDialog({ past }: { past: Past }) {
  const point = past.asking.value
  if (point === null) return null
  const close = () => {
    past.asking.value = null
  }
  return (
    <Dialog title={message('history.restore')} onClose={close}>
      <p>{message('history.restore.question', { version: called(past, point) })}</p>
      <p>{message('history.restore.hint')}</p>
      <div class="dialog-actions">
        <button type="button" class="button" onClick={close}>
          {message('dialog.cancel')}
        </button>
        <button
          type="button"
          class="button primary"
          onClick={() => {
            close()
            void restore(past, point)
          }}
        >
          {message('history.restore.confirm')}
        </button>
      </div>
    </Dialog>
  )
}
