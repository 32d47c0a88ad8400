// A modal dialog: the platform's own element, with its focus trap, its Escape and its backdrop.
// It is rendered only while it is open; `onClose` is called however it was closed.
import { X } from 'lucide-preact'
import type { ComponentChildren } from 'preact'
import { useEffect, useId, useRef } from 'preact/hooks'
import { message } from '../../i18n/message'

interface Props {
  title: string
  class?: string
  onClose: () => void
  children: ComponentChildren
}

/** The text shows its place a moment after it got the focus back; a letter typed at once would go elsewhere. */
function giveBackPlace(focused: Element | null): void {
  const { editor } = (focused ?? {}) as { editor?: { view: { focus: () => void } } }
  editor?.view.focus()
}

export function Dialog({ title, class: className = '', onClose, children }: Props) {
  const heading = useId()
  const dialog = useRef<HTMLDialogElement>(null)
  useEffect(() => {
    const element = dialog.current
    element?.showModal()
    // The first thing to do, not the way out; a dialog without fields is focused itself.
    const first = element?.querySelector<HTMLElement>('form input, .button') ?? element
    first?.focus()
    if (first instanceof HTMLInputElement && first.type === 'text') first.select()
    return () => {
      element?.close()
      giveBackPlace(document.activeElement)
    }
  }, [])
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: Escape closes a dialog by itself; the click is the backdrop's.
    <dialog
      ref={dialog}
      class={`dialog ${className}`}
      tabIndex={-1}
      aria-labelledby={heading}
      onClose={onClose}
      onClick={(event) => {
        if (event.target === dialog.current) dialog.current?.close()
      }}
    >
      <div class="dialog-body">
        <header>
          <h2 id={heading}>{title}</h2>
          <button type="button" class="icon-button" aria-label={message('dialog.close')} onClick={onClose}>
            <X size={18} aria-hidden="true" />
          </button>
        </header>
        {children}
      </div>
    </dialog>
  )
}
