// A box that stays next to something in the text: a selection, a link, a table. It follows scrolling
// and typing, keeps inside the part of the page where the text is, and hides with its anchor, unless one
// writes in it.
import type { ComponentChildren } from 'preact'
import { useEffect, useRef } from 'preact/hooks'
import { type Placement, standBeside, type VirtualElement } from '../../nearby'

interface Props {
  /** Where to be; asked again on every draw. */
  anchor: VirtualElement | Element
  placement: Placement
  gap?: number
  class: string
  /** Stays over the sheet, and so off what stands beside it. */
  onSheet?: boolean
  children: ComponentChildren
}

export function Floating({ anchor, placement, gap = 8, class: className, onSheet = false, children }: Props) {
  const box = useRef<HTMLDivElement>(null)
  useEffect(() => {
    const element = box.current
    if (element === null) return
    return standBeside(anchor, element, {
      placement,
      gap,
      boundary: [...document.querySelectorAll(onSheet ? '.stage, .sheet:not([hidden])' : '.stage')],
      placed: (hidden) => {
        element.style.opacity = '1'
        // A field that is hidden loses the focus, and what is typed goes elsewhere.
        const used = element.contains(document.activeElement)
        element.style.visibility = hidden && !used ? 'hidden' : 'visible'
      },
    })
  })
  return (
    <div ref={box} class={`floating ${className}`}>
      {children}
    </div>
  )
}
