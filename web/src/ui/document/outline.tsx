// The outline beside the text on wide screens: headings, read when typing pauses, with the one being
// read marked. Nothing is shown while there is nothing to outline.
import { useSignal } from '@preact/signals'
import { useEffect } from 'preact/hooks'
import { type Heading, headingsOf } from '../../editor/headings'
import { message } from '../../i18n/message'
import { useDesk } from './desk'
import { onPause } from './pause'

/** A heading this far below the top of the stage counts as being read. */
const READING_LINE = 120

export function Outline() {
  const { editor: current } = useDesk()
  const headings = useSignal<Heading[]>([])
  const reading = useSignal(0)
  const editor = current.value

  useEffect(() => {
    const stage = document.querySelector('.stage')
    if (editor === null || stage === null) return
    const elementOf = (heading: Heading) => editor.view.nodeDOM(heading.position)
    const spy = () => {
      const line = stage.getBoundingClientRect().top + READING_LINE
      const below = headings.peek().findIndex((heading) => {
        const element = elementOf(heading)
        return element instanceof HTMLElement && element.getBoundingClientRect().top > line
      })
      reading.value = Math.max(0, below === -1 ? headings.peek().length - 1 : below - 1)
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
    if (editor === null) return
    const element = editor.view.nodeDOM(heading.position)
    const still = matchMedia('(prefers-reduced-motion: reduce)').matches
    if (element instanceof HTMLElement)
      element.scrollIntoView({ block: 'start', behavior: still ? 'auto' : 'smooth' })
    editor.commands.setTextSelection(Math.min(heading.position + 1, editor.state.doc.content.size))
    editor.view.focus()
  }

  return (
    <nav class="outline" aria-label={message('outline.label')}>
      {headings.value.length > 0 && (
        <>
          <h2>{message('outline.label')}</h2>
          <ul>
            {headings.value.map((heading, index) => (
              <li key={heading.position} data-level={heading.level}>
                <button
                  type="button"
                  aria-current={index === reading.value ? 'location' : undefined}
                  title={heading.text}
                  onClick={() => goTo(heading)}
                >
                  {heading.text}
                </button>
              </li>
            ))}
          </ul>
        </>
      )}
    </nav>
  )
}
