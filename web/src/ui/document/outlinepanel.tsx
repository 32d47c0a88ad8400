// The outline as a panel, for screens on which it has no place beside the text.
import { message } from '../../i18n/message'
import { useDesk } from './desk'
import { OutlineList, useHeadings } from './outlinelist'
import { SidePanel } from './sidepanel'

export function OutlinePanel() {
  const { panel } = useDesk()
  const headings = useHeadings()
  // Over the text it is in the way of what one wanted to see.
  const leave = () => {
    if (matchMedia('(max-width: 1020px)').matches) panel.value = null
  }
  return (
    <SidePanel title={message('outline.label')} class="outline-panel">
      {headings.headings.value.length === 0 ? (
        <p class="panel-none">{message('outline.none')}</p>
      ) : (
        <OutlineList of={headings} onGo={leave} />
      )}
    </SidePanel>
  )
}
