// The commands of suggestions, for the list in document/commands.ts; those of all at once are in extras.ts.
import { ArrowDown, ArrowUp, Check, PencilLine, X } from 'lucide-preact'
import type { Command } from '../document/commands'
import type { Desk } from '../document/desk'
import { canWrite, currentOf, setMode, settleHere, suggestions, walk } from './acts'

export const hasSome = (desk: Desk): boolean => canWrite(desk) && suggestions(desk).length > 0
const isAtOne = (desk: Desk): boolean => canWrite(desk) && currentOf(desk) !== null

export const SUGGESTION_COMMANDS: Command[] = [
  {
    id: 'suggest',
    label: 'suggest.mode',
    icon: PencilLine,
    shortcut: 'Mod-Alt-Shift-x',
    menu: true,
    on: (desk) => desk.suggesting.value,
    possible: canWrite,
    run: (desk) => void setMode(desk, !desk.suggesting.peek()),
  },
  {
    id: 'suggest.next',
    label: 'suggest.next',
    icon: ArrowDown,
    shortcut: 'Mod-Alt-Shift-n',
    possible: hasSome,
    run: (desk) => walk(desk, 1),
  },
  {
    id: 'suggest.previous',
    label: 'suggest.previous',
    icon: ArrowUp,
    shortcut: 'Mod-Alt-Shift-p',
    possible: hasSome,
    run: (desk) => walk(desk, -1),
  },
  {
    id: 'suggest.accept',
    label: 'suggest.accept.here',
    icon: Check,
    shortcut: 'Mod-Alt-Shift-a',
    possible: isAtOne,
    run: (desk) => settleHere(desk, 'accept'),
  },
  {
    id: 'suggest.reject',
    label: 'suggest.reject.here',
    icon: X,
    shortcut: 'Mod-Alt-Shift-r',
    possible: isAtOne,
    run: (desk) => settleHere(desk, 'reject'),
  },
]
