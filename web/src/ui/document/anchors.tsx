// The part of an address behind "#": a heading of this document. Opening such an address, or following a
// link to one, shows the heading and marks it for a moment. Nothing is written into the text for it.
import { useSignal } from '@preact/signals'
import type { Editor } from '@tiptap/core'
import { useEffect } from 'preact/hooks'
import { documentPath } from '../../address'
import { anchorsOf } from '../../editor/slug'
import { copy } from '../parts/copying'

/** How long a heading is marked. */
const MARKED = 2000
/** How long a heading that is not there yet is waited for: what the device kept comes before the rest. */
const PATIENCE = 10_000

function wantedSlug(): string | null {
  try {
    return decodeURIComponent(location.hash.slice(1)) || null
  } catch {
    return null
  }
}

/** Copies the address of the heading in front of which this position is. */
export async function copyAnchor(editor: Editor, name: string, position: number): Promise<void> {
  const anchor = anchorsOf(editor.state.doc).find((found) => found.position === position)
  if (anchor === undefined) return
  const address = `${location.origin}${documentPath(name)}#${encodeURIComponent(anchor.slug)}`
  await copy(address, 'anchor.copied')
}

interface Mark {
  top: number
  left: number
  width: number
  height: number
}

export function Anchors({ editor }: { editor: Editor }) {
  const mark = useSignal<Mark | null>(null)

  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined
    const show = (): boolean => {
      const slug = wantedSlug()
      const anchor = anchorsOf(editor.state.doc).find((found) => found.slug === slug)
      const element = anchor && editor.view.nodeDOM(anchor.position)
      const sheet = editor.view.dom.parentElement
      if (!(element instanceof HTMLElement) || sheet === null) return false
      element.scrollIntoView({ block: 'start' })
      const [box, origin] = [element.getBoundingClientRect(), sheet.getBoundingClientRect()]
      mark.value = {
        top: box.top - origin.top - sheet.clientTop,
        left: box.left - origin.left - sheet.clientLeft,
        width: box.width,
        height: box.height,
      }
      clearTimeout(timer)
      timer = setTimeout(() => {
        mark.value = null
      }, MARKED)
      return true
    }
    const until = Date.now() + PATIENCE
    const later = ({ transaction }: { transaction: { docChanged: boolean } }) => {
      if (transaction.docChanged && (show() || Date.now() > until)) editor.off('transaction', later)
    }
    // Whoever touches the page wants to be where they are.
    const touched = () => editor.off('transaction', later)
    if (wantedSlug() !== null && !show()) editor.on('transaction', later)
    addEventListener('hashchange', show)
    addEventListener('pointerdown', touched)
    addEventListener('keydown', touched)
    return () => {
      clearTimeout(timer)
      touched()
      removeEventListener('hashchange', show)
      removeEventListener('pointerdown', touched)
      removeEventListener('keydown', touched)
    }
  }, [editor])

  if (mark.value === null) return null
  const { top, left, width, height } = mark.value
  return (
    <div
      class="arrived"
      style={{ top: `${top}px`, left: `${left}px`, width: `${width}px`, height: `${height}px` }}
    />
  )
}
