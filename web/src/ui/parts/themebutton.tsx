// The switch between light and dark; it shows where it leads.
import { Moon, Sun } from 'lucide-preact'
import { message } from '../../i18n/message'
import { IconButton } from './button'
import { choose, theme } from './theme'

export function ThemeButton() {
  const other = theme.value === 'dark' ? 'light' : 'dark'
  return (
    <IconButton
      icon={other === 'dark' ? Moon : Sun}
      label={message(other === 'dark' ? 'theme.dark' : 'theme.light')}
      class="theme-button"
      onPress={() => choose(other)}
    />
  )
}
