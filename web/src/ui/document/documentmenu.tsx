// The menu of the document: what can be done with it as a whole, as commands.ts and extras.ts list it.
import { useSignal } from '@preact/signals'
import { Ellipsis } from 'lucide-preact'
import { message } from '../../i18n/message'
import { readable } from '../parts/keys'
import { lazy } from '../parts/lazy'
import { Menu, MenuItem } from '../parts/menu'
import { COMMANDS, type Command, canRun } from './commands'
import { useDesk } from './desk'

export const ExtraItems = lazy(async () => (await import('./extraitems')).ExtraItems)

export function CommandItems({ commands }: { commands: readonly Command[] }) {
  const desk = useDesk()
  return commands
    .filter((command) => command.menu && canRun(command, desk))
    .map((command) => (
      <MenuItem
        key={command.id}
        label={message(command.label)}
        icon={<command.icon size={17} aria-hidden="true" />}
        {...(command.shortcut ? { detail: readable(command.shortcut) } : {})}
        {...(command.on ? { checked: command.on(desk), switches: true } : {})}
        danger={command.danger}
        class={command.menu === 'phone' ? 'phone-only' : ''}
        onChoose={() => command.run(desk)}
      />
    ))
}

export function DocumentMenu() {
  const opened = useSignal(false)
  return (
    <Menu
      label={message('header.menu')}
      face={<Ellipsis size={18} aria-hidden="true" />}
      class="icon-button document-menu"
      placement="bottom-end"
      onOpen={() => {
        opened.value = true
      }}
    >
      <CommandItems commands={COMMANDS} />
      {opened.value && <ExtraItems />}
    </Menu>
  )
}
