// A menu behind a button, in the browser's top layer: Escape, clicks elsewhere and the way back of
// the focus are the platform's. The arrow keys, Home, End and first letters move inside it.
import { autoUpdate, computePosition, flip, offset, type Placement, shift } from '@floating-ui/dom'
import type { ComponentChildren } from 'preact'
import { useEffect, useId, useRef } from 'preact/hooks'

interface Props {
  label: string
  /** What the button shows. */
  face: ComponentChildren
  class?: string
  placement?: Placement
  children: ComponentChildren
}

const ITEMS = '[role^=menuitem]'

export function Menu({ label, face, class: className = '', placement = 'bottom-start', children }: Props) {
  const id = useId()
  const button = useRef<HTMLButtonElement>(null)
  const list = useRef<HTMLDivElement>(null)
  const stop = useRef<(() => void) | undefined>(undefined)

  useEffect(() => () => stop.current?.(), [])

  const items = () => [...(list.current?.querySelectorAll<HTMLElement>(ITEMS) ?? [])]

  const toggled = (event: Event & { newState?: string }) => {
    stop.current?.()
    const [anchor, floating] = [button.current, list.current]
    if (event.newState !== 'open' || anchor === null || floating === null) return
    stop.current = autoUpdate(anchor, floating, () => {
      const middleware = [offset(6), flip({ padding: 8 }), shift({ padding: 8 })]
      void computePosition(anchor, floating, { placement, strategy: 'fixed', middleware }).then(
        ({ x, y }) => {
          floating.style.left = `${x}px`
          floating.style.top = `${y}px`
        },
      )
    })
    const checked = floating.querySelector<HTMLElement>('[aria-checked=true]')
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
  /** Present on items of which one is chosen. */
  checked?: boolean
  danger?: boolean
  onChoose: () => void
}

export function MenuItem({ label, icon, detail, checked, danger = false, onChoose }: ItemProps) {
  return (
    <button
      type="button"
      tabIndex={-1}
      role={checked === undefined ? 'menuitem' : 'menuitemradio'}
      aria-checked={checked}
      class={danger ? 'menu-item danger' : 'menu-item'}
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
