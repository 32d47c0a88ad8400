// Opens and closes the history of the document.
import { History } from 'lucide-preact'
import { message } from '../../i18n/message'
import { IconButton } from '../parts/button'
import { togglePanel } from './commands'
import { useDesk } from './desk'

export function HistoryButton() {
  const desk = useDesk()
  const { session, panel } = desk
  return (
    <IconButton
      icon={History}
      class="history-button"
      label={message('history.title')}
      shortcut="Mod-Alt-Shift-h"
      pressed={panel.value === 'history'}
      disabled={!session.ready.value || session.ending.value !== null}
      onPress={() => togglePanel('history')(desk)}
    />
  )
}
