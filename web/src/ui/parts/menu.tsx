// A menu behind a button, in the browser's top layer: Escape, clicks elsewhere and the way back of
// the focus are the platform's. The arrow keys, Home, End and first letters move inside it.
import type { ComponentChildren } from 'preact'
import { useEffect, useId, useRef } from 'preact/hooks'
import { type Placement, standBeside } from '../../nearby'

interface Props {
  label: string
  /** What the button shows. */
  face: ComponentChildren
  class?: string
  placement?: Placement
  /** Called before it opens. */
  onOpen?: () => void
  children: ComponentChildren
}

const ITEMS = '[role^=menuitem]'

export function Menu({
  label,
  face,
  class: className = '',
  placement = 'bottom-start',
  onOpen,
  children,
}: Props) {
  const id = useId()
  const button = useRef<HTMLButtonElement>(null)
  const list = useRef<HTMLDivElement>(null)
  const stop = useRef<(() => void) | undefined>(undefined)

  useEffect(() => () => stop.current?.(), [])

  // What is not shown on this screen cannot have the focus.
  const items = () =>
    [...(list.current?.querySelectorAll<HTMLElement>(ITEMS) ?? [])].filter((item) => item.checkVisibility())

  const toggled = (event: Event & { newState?: string }) => {
    stop.current?.()
    const [anchor, floating] = [button.current, list.current]
    if (event.newState !== 'open' || anchor === null || floating === null) return
    stop.current = standBeside(anchor, floating, { placement, gap: 6, covers: true })
    const checked = floating.querySelector<HTMLElement>('[role=menuitemradio][aria-checked=true]')
    ;(checked ?? items()[0])?.focus()
  }

  const move = (event: KeyboardEvent) => {
    const all = items()
    const at = all.indexOf(document.activeElement as HTMLElement)
    const last = all.length - 1
    let next = { ArrowDown: at === last ? 0 : at + 1, ArrowUp: at <= 0 ? last : at - 1, Home: 0, End: last }[
      event.key
    ]
    if (next === undefined && event.key.length === 1 && event.key !== ' ') {
      const letter = event.key.toLowerCase()
      const rest = [...all.slice(at + 1), ...all.slice(0, at + 1)]
      const found = rest.find((item) => item.textContent?.trim().toLowerCase().startsWith(letter))
      next = found ? all.indexOf(found) : undefined
    }
    if (event.key === 'Tab') list.current?.hidePopover()
    if (next === undefined) return
    event.preventDefault()
    event.stopPropagation()
    all[next]?.focus()
  }

  return (
    <>
      <button
        ref={button}
        type="button"
        class={className}
        title={label}
        aria-label={label}
        aria-haspopup="menu"
        popovertarget={id}
        onMouseDown={(event) => event.preventDefault()}
      >
        {face}
      </button>
      <div
        ref={list}
        id={id}
        popover="auto"
        role="menu"
        tabIndex={-1}
        aria-label={label}
        class="menu"
        onToggle={toggled}
        onBeforeToggle={(event) => {
          if (event.newState === 'open') onOpen?.()
        }}
        onKeyDown={move}
        onClick={(event) => {
          // Hidden before the item acts on a later tick would steal the focus back from the text.
          if (event.target instanceof Element && event.target.closest(ITEMS)) list.current?.hidePopover()
        }}
      >
        {children}
      </div>
    </>
  )
}

interface ItemProps {
  label: string
  icon?: ComponentChildren
  detail?: string
  /** Present on items of which one is chosen; with `switches`, on what is on or off by itself. */
  checked?: boolean
  switches?: boolean
  danger?: boolean
  class?: string
  onChoose: () => void
}

export function MenuItem({
  label,
  icon,
  detail,
  checked,
  switches = false,
  danger = false,
  onChoose,
  ...rest
}: ItemProps) {
  return (
    <button
      type="button"
      tabIndex={-1}
      role={checked === undefined ? 'menuitem' : switches ? 'menuitemcheckbox' : 'menuitemradio'}
      aria-checked={checked}
      class={`menu-item ${danger ? 'danger' : ''} ${rest.class ?? ''}`}
      onClick={() => queueMicrotask(onChoose)}
    >
      {icon && <span class="menu-icon">{icon}</span>}
      <span class="menu-text">
        <b>{label}</b>
      </span>
      {detail && <kbd>{detail}</kbd>}
    </button>
  )
}
