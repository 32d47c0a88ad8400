// The title as it heads the printed pages; not where the text begins with the same words. Seen on paper
// only, and by nobody's reader: the page has its title already.
import { useSignal } from '@preact/signals'
import { useEffect } from 'preact/hooks'
import { META } from '../../sync/session'
import { titleOf } from '../../title'
import { useDesk } from './desk'
import { onPause } from './pause'

export function PrintedTitle() {
  const { session, editor: current } = useDesk()
  const title = useSignal('')
  const editor = current.value
  useEffect(() => {
    if (editor === null) return
    const meta = session.doc.getMap<unknown>(META)
    const read = () => {
      const words = titleOf(meta.get('title')).trim()
      title.value = editor.state.doc.firstChild?.textContent.trim() === words ? '' : words
    }
    const stop = onPause(editor, read)
    meta.observe(read)
    return () => {
      stop()
      meta.unobserve(read)
    }
  }, [editor])
  return title.value === '' ? null : (
    <div class="printed-title" aria-hidden="true">
      {title.value}
    </div>
  )
}
