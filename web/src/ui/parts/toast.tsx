// Short news at the bottom of the page, perhaps with a way back. One at a time: the newest wins.
// It waits while somebody points at it or has the focus in it.
import { signal } from '@preact/signals'
import { useEffect, useState } from 'preact/hooks'
import { message } from '../../i18n/message'

interface Toast {
  text: string
  action?: { label: string; run: () => void }
}

const STAY = 8000
const current = signal<Toast | null>(null)

export function tell(text: string, action?: Toast['action']): void {
  current.value = action ? { text, action } : { text }
}

export function Toasts() {
  const toast = current.value
  const [held, hold] = useState(false)
  useEffect(() => {
    if (toast === null || held) return
    const timer = setTimeout(() => {
      current.value = null
    }, STAY)
    return () => clearTimeout(timer)
  }, [toast, held])
  return (
    <div class="toasts" role="status" aria-live="polite">
      {toast && (
        // biome-ignore lint/a11y/noStaticElementInteractions: pointing only delays the end of the news.
        <div
          class="toast"
          onMouseEnter={() => hold(true)}
          onMouseLeave={() => hold(false)}
          onFocusIn={() => hold(true)}
          onFocusOut={() => hold(false)}
        >
          <span>{toast.text}</span>
          {toast.action && (
            <button
              type="button"
              onClick={() => {
                const run = toast.action?.run
                current.value = null
                hold(false)
                run?.()
              }}
            >
              {toast.action.label}
            </button>
          )}
          <button
            type="button"
            class="quiet"
            aria-label={message('toast.dismiss')}
            onClick={() => {
              current.value = null
              hold(false)
            }}
          >
            ×
          </button>
        </div>
      )}
    </div>
  )
}
