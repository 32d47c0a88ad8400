// The palette: everything that can be done and every place one can go to, found by a few letters. The
// focus stays in the field; arrow keys move the choice, Enter takes it. Documents are asked of the
// server when typing pauses, and only the newest question may be answered.
import { useSignal } from '@preact/signals'
import { Search } from 'lucide-preact'
import { useEffect, useId, useLayoutEffect, useMemo, useRef } from 'preact/hooks'
import { message } from '../../i18n/message'
import { explain } from '../../i18n/refusal'
import { composes, keysOf } from '../parts/keys'
import { documentsFor, type Entry, GROUPS, sectionsOf } from './entries'
import { recentChoices, rememberChoice } from './recent'
import './palette.css'

const PAUSE = 130

interface Props {
  entries: () => Entry[]
  /** The document one is in. */
  here: string | null
  onClose: () => void
}

export function Palette({ entries, here, onClose }: Props) {
  const id = useId()
  const dialog = useRef<HTMLDialogElement>(null)
  const list = useRef<HTMLDivElement>(null)
  const typed = useSignal('')
  const chosen = useSignal(0)
  const documents = useSignal<Entry[]>([])
  const failure = useSignal('')
  const offered = useMemo(entries, [])
  const recent = useMemo(recentChoices, [])

  useLayoutEffect(() => {
    const element = dialog.current
    element?.showModal()
    return () => element?.close()
  }, [])

  const question = typed.value.trim()
  useEffect(() => {
    const controller = new AbortController()
    const timer = setTimeout(
      () => {
        documentsFor(question, here, controller.signal).then(
          (found) => {
            documents.value = found
            failure.value = ''
          },
          (error: unknown) => {
            if (controller.signal.aborted) return
            documents.value = []
            failure.value = explain(error)
          },
        )
      },
      question === '' ? 0 : PAUSE,
    )
    return () => {
      clearTimeout(timer)
      controller.abort()
    }
  }, [question])

  const sections = sectionsOf(typed.value, offered, documents.value, recent)
  const all = sections.flatMap((section) => section.entries)
  const at = Math.min(chosen.value, all.length - 1)
  useEffect(() => {
    list.current?.querySelector('[aria-selected=true]')?.scrollIntoView({ block: 'nearest' })
  }, [at, all.length])

  const choose = (entry: Entry | undefined) => {
    if (entry === undefined) return
    if (entry.lasting) rememberChoice(entry.id)
    // The focus goes back to where it was, and only then something happens there.
    dialog.current?.close()
    onClose()
    entry.run()
  }
  const move = (event: KeyboardEvent) => {
    if (composes(event)) return
    const last = all.length - 1
    const page = 8
    const next = {
      ArrowDown: at >= last ? 0 : at + 1,
      ArrowUp: at <= 0 ? last : at - 1,
      PageDown: Math.min(last, at + page),
      PageUp: Math.max(0, at - page),
    }[event.key]
    if (event.key === 'Enter') choose(all[at])
    else if (next !== undefined) chosen.value = Math.max(0, next)
    else return
    event.preventDefault()
  }

  let index = -1
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: Escape closes a dialog by itself; the click is the backdrop's.
    <dialog
      ref={dialog}
      class="palette"
      aria-label={message('palette.title')}
      onClose={onClose}
      onClick={(event) => {
        if (event.target === dialog.current) dialog.current?.close()
      }}
    >
      <label class="palette-field">
        <Search size={18} aria-hidden="true" />
        <input
          type="text"
          role="combobox"
          aria-expanded="true"
          aria-controls={`${id}-list`}
          aria-activedescendant={at >= 0 ? `${id}-${at}` : undefined}
          aria-autocomplete="list"
          aria-label={message('palette.title')}
          placeholder={message('palette.hint')}
          autocomplete="off"
          spellcheck={false}
          value={typed.value}
          onInput={(event) => {
            typed.value = event.currentTarget.value
            chosen.value = 0
          }}
          onKeyDown={move}
        />
      </label>
      <div
        ref={list}
        id={`${id}-list`}
        role="listbox"
        aria-label={message('palette.title')}
        class="palette-list"
      >
        {sections.map((section) => (
          <div key={section.group} role="group" aria-label={message(GROUPS[section.group])}>
            <div class="palette-group" aria-hidden="true">
              {message(GROUPS[section.group])}
            </div>
            {section.entries.map((entry) => {
              index += 1
              const own = index
              return (
                // biome-ignore lint/a11y/useKeyWithClickEvents: the keys are taken in the field, which has the focus.
                <div
                  key={entry.id}
                  id={`${id}-${own}`}
                  role="option"
                  tabIndex={-1}
                  aria-selected={own === at}
                  class="menu-item"
                  onMouseMove={() => (chosen.value = own)}
                  onMouseDown={(event) => event.preventDefault()}
                  onClick={() => choose(entry)}
                >
                  <span class="menu-icon">
                    <entry.icon size={17} aria-hidden="true" />
                  </span>
                  <span class="menu-text">
                    <b>{entry.name}</b>
                    {entry.detail && <small>{entry.detail}</small>}
                  </span>
                  {entry.shortcut && (
                    <span class="keys">
                      {keysOf(entry.shortcut).map((key) => (
                        <kbd key={key}>{key}</kbd>
                      ))}
                    </span>
                  )}
                </div>
              )
            })}
          </div>
        ))}
      </div>
      <p class="palette-note" role="status">
        {failure.value !== ''
          ? message('palette.failed', { reason: failure.value })
          : all.length === 0
            ? message('palette.none')
            : ''}
      </p>
    </dialog>
  )
}
