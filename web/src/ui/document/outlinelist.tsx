// The headings of the text as a list that leads to them, with the one being read marked; read when
// typing pauses. Stands beside the text on wide screens, and in a panel on others.
import { useSignal } from '@preact/signals'
import { useEffect, useRef } from 'preact/hooks'
import { type Heading, headingsOf } from '../../editor/headings'
import { useDesk } from './desk'
import { onPause } from './pause'
import { goToHeading, readingOf } from './reading'

export function useHeadings() {
  const { editor: current } = useDesk()
  const headings = useSignal<Heading[]>([])
  const reading = useSignal(0)
  const editor = current.value

  useEffect(() => {
    const stage = document.querySelector('.stage')
    if (editor === null || stage === null) return
    const spy = () => {
      reading.value = readingOf(editor, stage, headings.peek())
    }
    const stop = onPause(editor, () => {
      headings.value = headingsOf(editor.state.doc)
      spy()
    })
    let scheduled = false
    const scrolled = () => {
      if (scheduled || headings.peek().length === 0) return
      scheduled = true
      requestAnimationFrame(() => {
        scheduled = false
        spy()
      })
    }
    stage.addEventListener('scroll', scrolled, { passive: true })
    return () => {
      stop()
      stage.removeEventListener('scroll', scrolled)
    }
  }, [editor])

  const goTo = (heading: Heading) => {
    if (editor !== null) goToHeading(editor, heading)
  }
  return { headings, reading, goTo }
}

type Headings = ReturnType<typeof useHeadings>

export function OutlineList({ of: { headings, reading, goTo }, onGo }: { of: Headings; onGo?: () => void }) {
  const list = useRef<HTMLUListElement>(null)
  const at = reading.value
  // Of a long outline the part around what is read is in sight.
  useEffect(() => {
    const box = list.current?.closest('.outline, .panel-body')
    const item = list.current?.children[at]
    if (!box || !(item instanceof HTMLElement)) return
    const frame = box.getBoundingClientRect()
    const { top, bottom } = item.getBoundingClientRect()
    if (top < frame.top) box.scrollBy({ top: top - frame.top - 40 })
    else if (bottom > frame.bottom) box.scrollBy({ top: bottom - frame.bottom + 40 })
  }, [at, headings.value])
  return (
    <ul ref={list} class="outline-list">
      {headings.value.map((heading, index) => (
        <li key={heading.position} data-level={heading.level}>
          <button
            type="button"
            aria-current={index === at ? 'location' : undefined}
            title={heading.text}
            onClick={() => {
              goTo(heading)
              onGo?.()
            }}
          >
            {heading.text}
          </button>
        </li>
      ))}
    </ul>
  )
}
