// Files become documents: picked with the button, or dropped anywhere on the page. One file opens its
// document; of several all are made, one after the other, and a list says how far each is, what it became,
// or why it was not taken.
import { useSignal } from '@preact/signals'
import { FileUp, X } from 'lucide-preact'
import { useEffect, useRef } from 'preact/hooks'
import { documentPath } from '../../address'
import { ACCEPTED, type Imported, importFile } from '../../api/import'
import { enterNew } from '../../arrival'
import { counted, message } from '../../i18n/message'
import { explain } from '../../i18n/refusal'
import { IconButton } from '../parts/button'
import { tell } from '../parts/toast'

/** One file, and what becomes of it. */
export interface Job {
  id: number
  file: string
  done: number
  steps: number
  made: string | null
  /** What is to be known of what was made. */
  note: string | null
  failure: string | null
}

const holdsFiles = (event: DragEvent): boolean => event.dataTransfer?.types.includes('Files') ?? false

let count = 0

function noteOf({ worded, left }: Imported): string | null {
  const notes = [
    ...(worded ? [message('import.worded')] : []),
    ...(left > 0 ? [counted('import.left', left)] : []),
  ]
  return notes.length === 0 ? null : notes.join(' ')
}

interface Props {
  onImported: () => void
  onJobs: (jobs: Job[]) => void
}

export function Importing({ onImported, onJobs }: Props) {
  const picker = useRef<HTMLInputElement>(null)
  const busy = useSignal(false)
  const over = useSignal(false)

  const take = async (files: File[]) => {
    if (files.length === 0) return
    if (busy.peek()) return tell(message('import.busy'))
    busy.value = true
    let jobs: Job[] = files.map(({ name }) => {
      count += 1
      return { id: count, file: name, done: 0, steps: 1, made: null, note: null, failure: null }
    })
    const change = (at: number, news: Partial<Job>) => {
      jobs = jobs.map((job, other) => (other === at ? { ...job, ...news } : job))
      onJobs(jobs)
    }
    onJobs(jobs)
    for (const [at, file] of files.entries())
      try {
        const made = await importFile(file, (done, steps) => change(at, { done, steps }))
        const note = noteOf(made)
        change(at, { made: made.name, note, done: 1, steps: 1 })
        if (files.length === 1 && note === null) return enterNew(made.name)
      } catch (error) {
        change(at, { failure: explain(error) })
      }
    busy.value = false
    const made = jobs.filter((job) => job.made !== null).length
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

/** How far each file is. It stays until it is put away, since it may say what went wrong. */
export function Jobs({ jobs, onClose }: { jobs: readonly Job[]; onClose: () => void }) {
  if (jobs.length === 0) return null
  const isDone = jobs.every((job) => job.made !== null || job.failure !== null)
  return (
    <section class="jobs" aria-label={message('import.jobs')}>
      <ul aria-live="polite">
        {jobs.map((job) => (
          <li key={job.id} class={job.failure === null ? 'job' : 'job failed'}>
            {job.failure !== null ? (
              <span>{message('import.failed', { file: job.file, reason: job.failure })}</span>
            ) : (
              <>
                <span class="job-file">
                  {job.file}
                  {job.note && <small>{job.note}</small>}
                </span>
                {job.made === null ? (
                  <progress
                    max={job.steps}
                    value={job.done}
                    aria-label={message('import.progress', { file: job.file })}
                  />
                ) : (
                  <a
                    class="button"
                    href={documentPath(job.made)}
                    aria-label={message('import.openThis', { file: job.file })}
                  >
                    {message('import.open')}
                  </a>
                )}
              </>
            )}
          </li>
        ))}
      </ul>
      {isDone && <IconButton icon={X} label={message('import.close')} onPress={onClose} />}
    </section>
  )
}
