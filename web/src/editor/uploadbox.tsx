// A file on its way, where it will stand: its progress and a way to stop it, or what went wrong and a
// way to try again. It is a part of this page only.
import { RotateCcw, X } from 'lucide-preact'
import { message } from '../i18n/message'
import type { Upload } from './uploads'

export function UploadBox({ upload }: { upload: Upload }) {
  const failure = upload.failure.value
  const percent = Math.round(upload.progress.value * 100)
  const { name, preview } = upload
  return (
    <div class={failure === null ? 'upload-box' : 'upload-box bad'}>
      <div class="upload-line">
        {failure === null ? (
          <>
            <span class="upload-name" role="status">
              {percent < 100 ? message('upload.sending', { name }) : message('upload.storing', { name })}
            </span>
            <progress max={100} value={percent} aria-label={message('upload.progress', { name })} />
            <button
              type="button"
              class="icon-button"
              title={message('upload.cancel', { name })}
              aria-label={message('upload.cancel', { name })}
              onClick={() => upload.cancel()}
            >
              <X size={17} aria-hidden="true" />
            </button>
          </>
        ) : (
          <>
            <span class="upload-name" role="alert">
              <b>{message('upload.failed', { name })}</b> {failure}
            </span>
            {upload.retry !== null && (
              <button type="button" class="button" onClick={() => upload.retry?.()}>
                <RotateCcw size={15} aria-hidden="true" />
                {message('upload.retry')}
              </button>
            )}
            <button type="button" class="button quiet" onClick={() => upload.cancel()}>
              {message('upload.remove')}
            </button>
          </>
        )}
      </div>
      {preview !== null && <img src={preview} alt="" draggable={false} />}
    </div>
  )
}
