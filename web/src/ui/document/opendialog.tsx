// The dialog that is open, if one is. Each is a chunk of its own.
import { lazy } from '../parts/lazy'
import { type DialogName, useDesk } from './desk'

const Appearance = lazy(async () => (await import('../appearance/appearance')).Appearance)
const HelpDialog = lazy(async () => (await import('../help/helpdialog')).HelpDialog)
const IdentityDialog = lazy(async () => (await import('./identitydialog')).IdentityDialog)
const DocumentPalette = lazy(async () => (await import('../palette/here')).DocumentPalette)
const TallyDialog = lazy(async () => (await import('./tallydialog')).TallyDialog)

/** What a key opens is fetched before it is wanted. */
export const AHEAD_DIALOGS = [DocumentPalette]

export function OpenDialog() {
  const { dialog } = useDesk()
  const open = dialog.value
  // One dialog may lead to another, which must not be closed with it.
  const closer = (name: DialogName) => () => {
    if (dialog.peek() === name) dialog.value = null
  }
  if (open === 'appearance') return <Appearance onClose={closer('appearance')} />
  if (open === 'help') return <HelpDialog onClose={closer('help')} />
  if (open === 'identity') return <IdentityDialog onClose={closer('identity')} />
  if (open === 'palette') return <DocumentPalette />
  if (open === 'tally') return <TallyDialog onClose={closer('tally')} />
  return null
}
