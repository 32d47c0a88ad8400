// The dialog that is open, if one is. Each is a chunk of its own.
import { type Lazy, lazy } from '../parts/lazy'
import { type DialogName, useDesk } from './desk'
import { ExtraItems } from './documentmenu'

const DocumentPalette = lazy(async () => (await import('../palette/here')).DocumentPalette, true)

const DIALOGS: Record<DialogName, Lazy<{ onClose: () => void }>> = {
  appearance: lazy(async () => (await import('../appearance/appearance')).Appearance),
  delete: lazy(async () => (await import('./deleting')).Deleting),
  help: lazy(async () => (await import('../help/helpdialog')).HelpDialog),
  identity: lazy(async () => (await import('./identitydialog')).IdentityDialog),
  palette: DocumentPalette,
  tally: lazy(async () => (await import('./tallydialog')).TallyDialog),
}

/** What a key opens is fetched before it is wanted. */
export const AHEAD_DIALOGS = [DocumentPalette, ExtraItems]

export function OpenDialog() {
  const { dialog } = useDesk()
  const open = dialog.value
  if (open === null) return null
  const Open = DIALOGS[open]
  return (
    <Open
      key={open}
      onClose={() => {
        // One dialog may lead to another, which must not be closed with it.
        if (dialog.peek() === open) dialog.value = null
      }}
    />
  )
}
