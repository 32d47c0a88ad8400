// The menu of the document: what can be done with it as a whole, as commands.ts lists it.
import { Ellipsis } from 'lucide-preact'
import { message } from '../../i18n/message'
import { readable } from '../parts/keys'
import { Menu, MenuItem } from '../parts/menu'
import { COMMANDS, canRun } from './commands'
import { useDesk } from './desk'

export function DocumentMenu() {
  const desk = useDesk()
  const offered = COMMANDS.filter((command) => command.menu && canRun(command, desk))
  return (
    <Menu
      label={message('header.menu')}
      face={<Ellipsis size={18} aria-hidden="true" />}
      class="icon-button document-menu"
      placement="bottom-end"
    >
      {offered.map((command) => (
        <MenuItem
          key={command.id}
          label={message(command.label)}
          icon={<command.icon size={17} aria-hidden="true" />}
          {...(command.shortcut ? { detail: readable(command.shortcut) } : {})}
          {...(command.on ? { checked: command.on(desk), switches: true } : {})}
          class={command.menu === 'phone' ? 'phone-only' : ''}
          onChoose={() => command.run(desk)}
        />
      ))}
    </Menu>
  )
}
