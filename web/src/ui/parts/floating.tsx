// A box that stays next to something in the text: a selection, a link, a table. It follows scrolling
// and typing, keeps inside the part of the page where the text is, and hides with its anchor.
import {
  autoUpdate,
  computePosition,
  flip,
  hide,
  offset,
  type Placement,
  shift,
  type VirtualElement,
} from '@floating-ui/dom'
import type { ComponentChildren } from 'preact'
import { useEffect, useRef } from 'preact/hooks'

interface Props {
  /** Where to be; asked again on every draw. */
  anchor: VirtualElement | Element
  placement: Placement
  gap?: number
  class: string
  children: ComponentChildren
}

export function Floating({ anchor, placement, gap = 8, class: className, children }: Props) {
  const box = useRef<HTMLDivElement>(null)
  useEffect(() => {
    const element = box.current
    if (element === null) return
    const boundary = document.querySelector('.stage') ?? 'clippingAncestors'
    const place = () => {
      const middleware = [
        offset(gap),
        flip({ padding: 6, boundary }),
        shift({ padding: 8, boundary }),
        hide({ boundary, padding: -8 }),
      ]
      void computePosition(anchor, element, { placement, strategy: 'fixed', middleware }).then(
        ({ x, y, middlewareData }) => {
          element.style.left = `${Math.round(x)}px`
          element.style.top = `${Math.round(y)}px`
          element.style.opacity = '1'
          element.style.visibility = middlewareData.hide?.referenceHidden ? 'hidden' : 'visible'
        },
      )
    }
    return autoUpdate(anchor, element, place)
  })
  return (
    <div ref={box} class={`floating ${className}`}>
      {children}
    </div>
  )
}
