// The outline beside the text, on screens that are wide enough. Nothing is shown while there is nothing
// to outline.
import { message } from '../../i18n/message'
import { OutlineList, useHeadings } from './outlinelist'

export function Outline() {
  const headings = useHeadings()
  if (headings.headings.value.length === 0) return null
  return (
    <nav class="outline" aria-label={message('outline.label')}>
      <h2>{message('outline.label')}</h2>
      <OutlineList of={headings} />
    </nav>
  )
}
