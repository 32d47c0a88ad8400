// Commands that no key calls, of which nobody is in need before the page stands: they come with the palette
// and with the end of the document's menu.
import { CheckCheck, CopyPlus, FilePlus2, House, Sigma, SwatchBook, Trash, Trash2, X } from 'lucide-preact'
import { createDocument } from '../../api/documents'
import { enterNew } from '../../arrival'
import { explain } from '../../i18n/refusal'
import { isWritten } from '../../sync/session'
import { addressOf } from '../home/tab'
import { tell } from '../parts/toast'
import { settle } from '../suggestions/acts'
import { hasSome } from '../suggestions/commands'
import type { Command } from './commands'
import type { Desk } from './desk'
import { duplicateHere } from './duplicating'
import { download, FILES } from './exporting'

async function begin(): Promise<void> {
  try {
    enterNew((await createDocument()).name)
  } catch (error) {
    tell(explain(error))
  }
}

/** The server has it, as far as this page knows. */
const isThere = ({ session }: Desk): boolean =>
  session.ready.value && session.ending.value === null && isWritten(session.doc)

export const EXTRAS: Command[] = [
  {
    id: 'tally',
    label: 'tally.title',
    icon: Sigma,
    run: (desk) => {
      desk.dialog.value = 'tally'
    },
  },
  {
    id: 'appearance',
    label: 'appearance.title',
    icon: SwatchBook,
    menu: true,
    run: (desk) => {
      desk.dialog.value = 'appearance'
    },
  },
  {
    id: 'suggest.acceptAll',
    label: 'suggest.acceptAll',
    icon: CheckCheck,
    possible: hasSome,
    run: (desk) => void settle(desk, 'accept', null),
  },
  {
    id: 'suggest.rejectAll',
    label: 'suggest.rejectAll',
    icon: X,
    possible: hasSome,
    run: (desk) => void settle(desk, 'reject', null),
  },
  // Found in the palette by what they do; on a desk the header has a menu of them.
  ...FILES.map(
    ({ format, icon }): Command => ({
      id: `download-${format}`,
      label: `download.${format}`,
      icon,
      menu: 'phone',
      possible: (desk) => desk.session.ending.value === null,
      run: (desk) => download(desk.session.name, format),
    }),
  ),
  { id: 'new', label: 'home.create', icon: FilePlus2, words: 'create begin', run: () => void begin() },
  { id: 'home', label: 'header.home', icon: House, words: 'list', run: () => location.assign('/') },
  {
    id: 'trash',
    label: 'home.tab.trash',
    icon: Trash,
    words: 'deleted restore bin',
    run: () => location.assign(addressOf({ tab: 'trash', query: '' })),
  },
  {
    id: 'duplicate',
    label: 'command.duplicate',
    icon: CopyPlus,
    words: 'copy',
    menu: true,
    possible: (desk) => isThere(desk) && desk.editor.value !== null && desk.gate.value === null,
    run: (desk) => void duplicateHere(desk),
  },
  {
    id: 'delete',
    label: 'command.delete',
    icon: Trash2,
    words: 'remove trash',
    menu: true,
    danger: true,
    possible: isThere,
    run: (desk) => {
      desk.dialog.value = 'delete'
    },
  },
]
