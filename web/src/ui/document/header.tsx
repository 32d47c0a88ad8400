// The top of the document page: the way home, the title, what is saved, who is here.
import { message } from '../../i18n/message'
import { CommentsButton } from '../comments/button'
import { Mark } from '../parts/mark'
import { ThemeButton } from '../parts/themebutton'
import { Avatars } from './avatars'
import { DocumentMenu } from './documentmenu'
import { ExportMenu } from './exportmenu'
import { HistoryButton } from './historybutton'
import { SaveLabel } from './savelabel'
import { Title } from './title'

export function Header() {
  return (
    <header class="top">
      <a class="home-link" href="/" title={message('header.home')} aria-label={message('header.home')}>
        <Mark size={34} />
      </a>
      <Title />
      <SaveLabel />
      <span class="grow" />
      <Avatars />
      <HistoryButton />
      <CommentsButton />
      <ExportMenu />
      <ThemeButton />
      <DocumentMenu />
    </header>
  )
}
