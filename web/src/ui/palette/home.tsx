// The palette on the home page: documents, and ways to begin one.
import { Keyboard, LayoutTemplate, Plus, TextCursorInput, Trash } from 'lucide-preact'
import { message } from '../../i18n/message'
import { addressOf } from '../home/tab'
import type { Entry } from './entries'
import { Palette } from './palette'

interface Props {
  onBlank: () => void
  onName: () => void
  onTemplate: () => void
  onHelp: () => void
  onClose: () => void
}

export function HomePalette({ onBlank, onName, onTemplate, onHelp, onClose }: Props) {
  const entries = (): Entry[] => [
    { id: 'home:blank', group: 'commands', name: message('home.create'), icon: Plus, run: onBlank },
    {
      id: 'home:name',
      group: 'commands',
      name: message('home.createNamed'),
      icon: TextCursorInput,
      run: onName,
    },
    {
      id: 'home:template',
      group: 'commands',
      name: message('home.createFrom'),
      icon: LayoutTemplate,
      run: onTemplate,
    },
    {
      id: 'home:trash',
      group: 'commands',
      name: message('home.tab.trash'),
      icon: Trash,
      words: 'deleted restore bin',
      run: () => location.assign(addressOf({ tab: 'trash', query: '' })),
    },
    {
      id: 'home:help',
      group: 'commands',
      name: message('help.title'),
      icon: Keyboard,
      shortcut: 'Mod-/',
      run: onHelp,
    },
  ]
  return <Palette entries={entries} here={null} onClose={onClose} />
}
