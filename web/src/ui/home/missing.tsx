// A page for what cannot be shown: an address that means nothing here, or an editor that did not load.
import { message } from '../../i18n/message'
import { Mark } from '../parts/mark'

export function Missing({ what }: { what: 'unknown' | 'broken' }) {
  return (
    <main class="empty missing">
      <Mark size={56} />
      <h1>{message(what === 'unknown' ? 'missing.unknown' : 'missing.broken')}</h1>
      <p>{message(what === 'unknown' ? 'missing.unknown.hint' : 'missing.broken.hint')}</p>
      <a class="button primary" href="/">
        {message('header.home')}
      </a>
    </main>
  )
}
