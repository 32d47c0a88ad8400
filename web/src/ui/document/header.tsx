// The top of the document page: the way home, the title, what is saved, who is here.
import { Keyboard } from 'lucide-preact'
import { message } from '../../i18n/message'
import { IconButton } from '../parts/button'
import { Mark } from '../parts/mark'
import { ThemeButton } from '../parts/themebutton'
import { Avatars } from './avatars'
import { useDesk } from './desk'
import { ExportMenu } from './exportmenu'
import { SaveLabel } from './savelabel'
import { Title } from './title'

export function Header() {
  const { dialog } = useDesk()
  return (
    <header class="top">
      <a class="home-link" href="/" title={message('header.home')} aria-label={message('header.home')}>
        <Mark size={34} />
      </a>
      <Title />
      <SaveLabel />
      <span class="grow" />
      <Avatars />
      <ExportMenu />
      <IconButton
        icon={Keyboard}
        label={message('help.title')}
        shortcut="Mod-/"
        class="help-button"
        onPress={() => (dialog.value = 'help')}
      />
      <ThemeButton />
    </header>
  )
}
