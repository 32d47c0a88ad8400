// The parts of the documents: all, those opened on this device, those pinned here, and the trash. They
// are links, so that each has an address.
import { Clock3, Files, Pin, Trash2 } from 'lucide-preact'
import { type MessageKey, message } from '../../i18n/message'
import type { Icon } from '../parts/button'
import { addressOf, TABS, type Tab } from './tab'

const FACES: Record<Tab, { icon: Icon; label: MessageKey }> = {
  all: { icon: Files, label: 'home.tab.all' },
  recent: { icon: Clock3, label: 'home.tab.recent' },
  pinned: { icon: Pin, label: 'home.tab.pinned' },
  trash: { icon: Trash2, label: 'home.tab.trash' },
}

export function Tabs({ tab, onChoose }: { tab: Tab; onChoose: (tab: Tab) => void }) {
  return (
    <nav class="tabs" aria-label={message('home.tabs')}>
      {TABS.map((one) => {
        const { icon: Picture, label } = FACES[one]
        return (
          <a
            key={one}
            class="tab"
            href={addressOf({ tab: one, query: '' })}
            aria-current={one === tab ? 'page' : undefined}
            onClick={(event) => {
              if (event.metaKey || event.ctrlKey || event.shiftKey || event.button !== 0) return
              event.preventDefault()
              onChoose(one)
            }}
          >
            <Picture size={16} /> {message(label)}
          </a>
        )
      })}
    </nav>
  )
}
