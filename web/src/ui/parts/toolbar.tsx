// A row of buttons that is one stop for the Tab key; the arrow keys move inside it.
import type { ComponentChildren } from 'preact'
import { useEffect, useRef } from 'preact/hooks'

const BUTTONS = 'button:not([popover] button)'

interface Props {
  label: string
  class: string
  children: ComponentChildren
}

export function Toolbar({ label, class: className, children }: Props) {
  const bar = useRef<HTMLDivElement>(null)
  const buttons = () => [...(bar.current?.querySelectorAll<HTMLButtonElement>(BUTTONS) ?? [])]
  const rest = (on: HTMLButtonElement) => {
    for (const button of buttons()) button.tabIndex = button === on ? 0 : -1
  }
  // Buttons come and go; there is always exactly one to land on.
  useEffect(() => {
    const all = buttons()
    const resting = all.find((button) => button.tabIndex === 0 && button.hasAttribute('tabindex')) ?? all[0]
    if (resting) rest(resting)
  })
  const move = (event: KeyboardEvent) => {
    const all = buttons()
    const at = all.indexOf(document.activeElement as HTMLButtonElement)
    const last = all.length - 1
    const [on, back] = [at === last ? 0 : at + 1, at <= 0 ? last : at - 1]
    const next = {
      ArrowRight: document.dir === 'rtl' ? back : on,
      ArrowLeft: document.dir === 'rtl' ? on : back,
      Home: 0,
      End: last,
    }[event.key]
    const target = at < 0 || next === undefined ? undefined : all[next]
    if (!target) return
    event.preventDefault()
    rest(target)
    target.focus()
  }
  return (
    <div ref={bar} role="toolbar" aria-label={label} class={className} onKeyDown={move}>
      {children}
    </div>
  )
}
