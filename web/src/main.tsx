// The entry: shows the page the address asks for. The editor is a chunk of its own, so that the list
// of documents does not wait for it; on the list it is fetched while the browser is idle.
import './style/tokens.css'
import './style/font.css'
import './style/parts.css'
import './style/menu.css'
import './style/dialog.css'
import './style/home.css'
import { render } from 'preact'
import { routeOf } from './address'
import { Home } from './ui/home/home'
import { Missing } from './ui/home/missing'
import './ui/parts/theme'

const root = document.getElementById('app')
const route = routeOf(location.pathname)

const loadDocumentPage = () => import('./ui/document/entry')

if (root !== null) {
  if (route.page === 'document')
    void loadDocumentPage()
      .then(({ DocumentPage }) => render(<DocumentPage name={route.name} />, root))
      .catch(() => render(<Missing what="broken" />, root))
  else if (route.page === 'home') {
    render(<Home />, root)
    setTimeout(() => void loadDocumentPage().catch(() => undefined), 2000)
  } else render(<Missing what="unknown" />, root)
}
