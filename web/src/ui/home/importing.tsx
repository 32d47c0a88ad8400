// Files become documents: picked with the button, or dropped anywhere on the page. One file opens
// its document; of several all are made, and the list shows them.
import { useSignal } from '@preact/signals'
import { FileUp } from 'lucide-preact'
import { useEffect, useRef } from 'preact/hooks'
import { ACCEPTED, importFile } from '../../api/import'
import { enterNew } from '../../arrival'
import { counted, message } from '../../i18n/message'
import { explain } from '../../i18n/refusal'
import { tell } from '../parts/toast'

const holdsFiles = (event: DragEvent): boolean => event.dataTransfer?.types.includes('Files') ?? false

export function Importing({ onImported }: { onImported: () => void }) {
  const picker = useRef<HTMLInputElement>(null)
  const busy = useSignal(false)
  const over = useSignal(false)

  const take = async (files: File[]) => {
    if (files.length === 0 || busy.peek()) return
    busy.value = true
    let made = 0
    for (const file of files) {
      try {
        const info = await importFile(file)
        made += 1
        if (files.length === 1) return enterNew(info.name)
      } catch (error) {
        tell(message('import.failed', { file: file.name, reason: explain(error) }))
      }
    }
    busy.value = false
    if (made > 0) {
      tell(counted('import.made', made))
      onImported()
    }
  }

  const drop = useRef(take)
  drop.current = take

  useEffect(() => {
    // Leaving one element for another inside the page is not leaving the page.
    let depth = 0
    const enter = (event: DragEvent) => {
      if (!holdsFiles(event)) return
      depth += 1
      over.value = true
    }
    const leave = (event: DragEvent) => {
      if (!holdsFiles(event)) return
      depth = Math.max(0, depth - 1)
      if (depth === 0) over.value = false
    }
    const allow = (event: DragEvent) => {
      if (holdsFiles(event)) event.preventDefault()
    }
    const dropped = (event: DragEvent) => {
      if (!holdsFiles(event)) return
      event.preventDefault()
      depth = 0
      over.value = false
      void drop.current([...(event.dataTransfer?.files ?? [])])
    }
    document.addEventListener('dragenter', enter)
    document.addEventListener('dragleave', leave)
    document.addEventListener('dragover', allow)
    document.addEventListener('drop', dropped)
    return () => {
      document.removeEventListener('dragenter', enter)
      document.removeEventListener('dragleave', leave)
      document.removeEventListener('dragover', allow)
      document.removeEventListener('drop', dropped)
    }
  }, [over])

  return (
    <>
      <button
        type="button"
        class="button"
        title={message('import.hint')}
        disabled={busy.value}
        onClick={() => picker.current?.click()}
      >
        <FileUp size={17} aria-hidden="true" /> {message('import.label')}
      </button>
      <input
        ref={picker}
        type="file"
        hidden
        multiple
        accept={ACCEPTED}
        data-import
        onChange={(event) => {
          const files = [...(event.currentTarget.files ?? [])]
          // The same file may be picked again.
          event.currentTarget.value = ''
          void take(files)
        }}
      />
      {over.value && (
        <div class="drop-here" aria-hidden="true">
          <span>
            <FileUp size={28} /> {message('import.drop')}
          </span>
        </div>
      )}
    </>
  )
}
