// The end of the document's menu.
import { CommandItems } from './documentmenu'
import { EXTRAS } from './extras'

export const ExtraItems = () => <CommandItems commands={EXTRAS} />
