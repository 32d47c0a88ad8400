// The entry: shows the page the address asks for. The list of documents and the editor are chunks of
// their own, so that neither waits for the other; on the list the editor is fetched while the browser is
// idle.
import './style/tokens.css'
import './style/font.css'
import './style/parts.css'
import './style/menu.css'
import './style/dialog.css'
import { render } from 'preact'
import { routeOf } from './address'
import { loadLanguage } from './i18n/language'
import { learnLater } from './i18n/message'
import { opened } from './shelf'
import { Missing } from './ui/home/missing'
import './ui/parts/look'
import './ui/parts/theme'

const root = document.getElementById('app')
const route = routeOf(location.pathname)

const loadDocumentPage = () => import('./ui/document/entry')
const loadHome = () => import('./ui/home/entry')

async function show(root: HTMLElement): Promise<void> {
  // The chunk of the document is on its way meanwhile, but its words are not read before.
  if (route.page === 'document') void loadDocumentPage().catch(() => undefined)
  if (route.page === 'home') void loadHome().catch(() => undefined)
  await loadLanguage()
  if (route.page === 'document') {
    try {
      const { DocumentPage } = await loadDocumentPage()
      render(<DocumentPage name={route.name} />, root)
      opened(route.name)
    } catch {
      render(<Missing what="broken" />, root)
    }
  } else if (route.page === 'home') {
    try {
      const [{ Home }] = await Promise.all([loadHome(), learnLater()])
      render(<Home />, root)
      setTimeout(() => void loadDocumentPage().catch(() => undefined), 2000)
    } catch {
      render(<Missing what="broken" />, root)
    }
  } else render(<Missing what="unknown" />, root)
}

// A page that comes back from the browser's memory is of a moment that has passed: its line is cut, and what
// it was about to do was done.
addEventListener('pageshow', (event) => {
  if (event.persisted) location.reload()
})

if (root !== null) void show(root)
