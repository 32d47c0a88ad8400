// How a document begins: blank with one press, and beside that under a name of one's own or from a
// template.
import { ChevronDown, LayoutTemplate, Plus, TextCursorInput } from 'lucide-preact'
import { message } from '../../i18n/message'
import { Menu, MenuItem } from '../parts/menu'

interface Props {
  busy: boolean
  onBlank: () => void
  onName: () => void
  onTemplate: () => void
}

export function NewButton({ busy, onBlank, onName, onTemplate }: Props) {
  return (
    <div class="split">
      <button type="button" class="button primary" disabled={busy} onClick={onBlank}>
        <Plus size={17} aria-hidden="true" /> {message('home.create')}
      </button>
      <Menu
        label={message('home.createOther')}
        class="button primary"
        placement="bottom-end"
        face={<ChevronDown size={17} aria-hidden="true" />}
      >
        <MenuItem
          label={message('home.createNamed')}
          icon={<TextCursorInput size={17} />}
          onChoose={onName}
        />
        <MenuItem
          label={message('home.createFrom')}
          icon={<LayoutTemplate size={17} />}
          onChoose={onTemplate}
        />
      </Menu>
    </div>
  )
}
