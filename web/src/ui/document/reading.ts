// Which heading is being read, and the way to another one.
import type { Editor } from '@tiptap/core'
import { type Heading, headingsOf } from '../../editor/headings'

/** A heading this far below the top of the stage counts as being read. */
const LINE = 120

const elementOf = (editor: Editor, heading: Heading): HTMLElement | null => {
  if (heading.position >= editor.state.doc.content.size) return null
  const element = editor.view.nodeDOM(heading.position)
  return element instanceof HTMLElement ? element : null
}

/** The number of the heading that is being read; found in a few looks, however many there are. */
export function readingOf(editor: Editor, stage: Element, headings: readonly Heading[]): number {
  const line = stage.getBoundingClientRect().top + LINE
  let low = 0
  let high = headings.length
  while (low < high) {
    const middle = (low + high) >> 1
    const heading = headings[middle]
    const element = heading === undefined ? null : elementOf(editor, heading)
    if (element !== null && element.getBoundingClientRect().top <= line) low = middle + 1
    else high = middle
  }
  return Math.max(0, low - 1)
}

/** Where a heading is now: others may have written in front of it since it was read. Null: it is gone. */
export function foundAgain(headings: readonly Heading[], heading: Heading): Heading | null {
  const far = (one: Heading) => Math.abs(one.position - heading.position)
  return (
    headings
      .filter(({ text, level }) => text === heading.text && level === heading.level)
      .sort((a, b) => far(a) - far(b))[0] ?? null
  )
}

/** Scrolls to a heading and puts the caret into it; where it stood when it is gone. */
export function goToHeading(editor: Editor, listed: Heading): void {
  const heading = foundAgain(headingsOf(editor.state.doc), listed) ?? listed
  const still = matchMedia('(prefers-reduced-motion: reduce)').matches
  elementOf(editor, heading)?.scrollIntoView({ block: 'start', behavior: still ? 'auto' : 'smooth' })
  editor.commands.setTextSelection(Math.min(heading.position + 1, editor.state.doc.content.size))
  editor.view.focus()
}
