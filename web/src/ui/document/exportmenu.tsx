// The menu of files that the document can be had as; once the server has ended it, it gives none.
import { Download } from 'lucide-preact'
import { message } from '../../i18n/message'
import { Menu, MenuItem } from '../parts/menu'
import { useDesk } from './desk'
import { download, FILES } from './exporting'

export function ExportMenu() {
  const { session } = useDesk()
  if (session.ending.value !== null) return null
  return (
    <Menu
      label={message('export.label')}
      face={<Download size={18} aria-hidden="true" />}
      class="icon-button export-button"
      placement="bottom-end"
    >
      {FILES.map(({ format, label, icon: Picture, ending }) => (
        <MenuItem
          key={format}
          label={message(label)}
          icon={<Picture size={18} aria-hidden="true" />}
          detail={ending}
          onChoose={() => download(session.name, format)}
        />
      ))}
    </Menu>
  )
}
