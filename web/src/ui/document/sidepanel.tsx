// The frame of what stands beside the text (comments, history): a heading, a way to close it, and the
// way back of the focus. On narrow screens it lies over the text.
import { X } from 'lucide-preact'
import type { ComponentChildren } from 'preact'
import { useEffect, useRef } from 'preact/hooks'
import { message } from '../../i18n/message'
import { composes } from '../parts/keys'
import { lazy } from '../parts/lazy'
import { type Panel, useDesk } from './desk'

interface Props {
  title: string
  class: string
  /** Beside the heading. */
  tools?: ComponentChildren
  children: ComponentChildren
}

export function SidePanel({ title, class: className, tools, children }: Props) {
  const { panel, editor } = useDesk()
  const heading = useRef<HTMLHeadingElement>(null)
  useEffect(() => {
    const before = document.activeElement
    // A field in it may have taken the focus already: one goes on writing there.
    if (!heading.current?.closest('.panel')?.contains(before)) heading.current?.focus({ preventScroll: true })
    return () => {
      if (before instanceof HTMLElement && before.isConnected) before.focus({ preventScroll: true })
      else editor.peek()?.view.focus()
    }
  }, [])
  return (
    <aside
      class={`panel ${className}`}
      aria-label={title}
      onKeyDown={(event) => {
        if (event.key !== 'Escape' || event.defaultPrevented || composes(event)) return
        panel.value = null
      }}
    >
      <header class="panel-head">
        <h2 ref={heading} tabIndex={-1}>
          {title}
        </h2>
        <span class="grow" />
        {tools}
        <button
          type="button"
          class="icon-button"
          aria-label={message('panel.close')}
          onClick={() => (panel.value = null)}
        >
          <X size={18} aria-hidden="true" />
        </button>
      </header>
      <div class="panel-body">{children}</div>
    </aside>
  )
}

/** Every panel is a chunk of its own. */
const PANELS: Partial<Record<Panel, ReturnType<typeof lazy<object>>>> = {
  outline: lazy(async () => (await import('./outlinepanel')).OutlinePanel),
  history: lazy(async () => (await import('../history/entry')).HistoryPanel),
  comments: lazy(async () => (await import('../comments/panel')).CommentsPanel),
}

/** The panel that is open, if one is. */
export function OpenPanel() {
  const { panel } = useDesk()
  const Open = panel.value === null ? undefined : PANELS[panel.value]
  return Open === undefined ? null : <Open key={panel.value} />
}
