// What can be done with the document as a whole, in one list: the menu of the document, the command
// palette, the keyboard and the page of shortcuts all read it, so that none of them knows something
// that another one does not. What no key calls is in extras.ts, which comes later; what is done to the text
// at the caret is in editor/blocks.ts and marks.tsx.
import {
  Command as CommandIcon,
  History,
  Keyboard,
  Link2,
  type LucideIcon,
  MessageSquarePlus,
  MessagesSquare,
  Printer,
  Replace,
  Search,
  TableOfContents,
} from 'lucide-preact'
import type { MessageKey } from '../../i18n/message'
import { beginComment, canComment } from '../comments/acts'
import { copy } from '../parts/copying'
import { presses } from '../parts/keys'
import { SUGGESTION_COMMANDS } from '../suggestions/commands'
import type { Desk, Panel } from './desk'

export interface Command {
  id: string
  label: MessageKey
  icon: LucideIcon
  /** In ProseMirror's notation. */
  shortcut?: string
  /** Does the same; other editors have taught it. */
  also?: string
  /** Stands in the menu of the document, or there on phones only, whose header has less room. */
  menu?: boolean | 'phone'
  /** Takes something away: stands apart. */
  danger?: boolean
  /** Further words for the same thing. */
  words?: string
  /** Present on what is switched on and off. */
  on?: (desk: Desk) => boolean
  /** Absent: always. */
  possible?: (desk: Desk) => boolean
  run: (desk: Desk) => void
}

/** Opens a panel beside the text, or closes it. */
export const togglePanel =
  (panel: Panel) =>
  (desk: Desk): void => {
    desk.panel.value = desk.panel.peek() === panel ? null : panel
  }

/** The text is there and seen, so that something can be found in it. */
const canFind = (desk: Desk): boolean => desk.editor.value !== null && !desk.past.value

/** Opens the bar, also where it is open: then it takes what is selected now. */
const find =
  (replacing: boolean) =>
  (desk: Desk): void => {
    desk.finding.value = { replacing }
  }

export const COMMANDS: Command[] = [
  {
    id: 'palette',
    label: 'palette.title',
    icon: CommandIcon,
    shortcut: 'Mod-k',
    // Firefox opens a private window instead.
    also: 'Mod-Shift-p',
    menu: true,
    run: (desk) => {
      desk.dialog.value = desk.dialog.peek() === 'palette' ? null : 'palette'
    },
  },
  {
    id: 'address',
    label: 'command.address',
    icon: Link2,
    menu: true,
    run: () => void copy(location.href, 'command.address.copied'),
  },
  {
    id: 'find',
    label: 'command.find',
    icon: Search,
    shortcut: 'Mod-f',
    menu: true,
    possible: canFind,
    run: find(false),
  },
  {
    id: 'replace',
    label: 'command.replace',
    icon: Replace,
    shortcut: 'Mod-Alt-f',
    also: 'Mod-h',
    possible: (desk) => canFind(desk) && desk.editor.value?.isEditable === true,
    run: find(true),
  },
  {
    id: 'history',
    label: 'history.title',
    icon: History,
    shortcut: 'Mod-Alt-Shift-h',
    menu: true,
    possible: (desk) => desk.session.ready.value && desk.session.ending.value === null,
    run: togglePanel('history'),
  },
  {
    id: 'outline',
    label: 'outline.label',
    icon: TableOfContents,
    menu: true,
    on: (desk) => desk.panel.value === 'outline',
    run: togglePanel('outline'),
  },
  ...SUGGESTION_COMMANDS,
  { id: 'print', label: 'command.print', icon: Printer, shortcut: 'Mod-p', menu: true, run: () => print() },
  {
    id: 'comment',
    label: 'command.comment',
    icon: MessageSquarePlus,
    shortcut: 'Mod-Alt-m',
    possible: (desk) => !desk.past.value && canComment(desk),
    run: beginComment,
  },
  {
    id: 'comments',
    label: 'command.comments',
    icon: MessagesSquare,
    menu: true,
    on: (desk) => desk.panel.value === 'comments',
    run: togglePanel('comments'),
  },
  {
    id: 'help',
    label: 'help.title',
    icon: Keyboard,
    shortcut: 'Mod-/',
    menu: true,
    run: (desk) => {
      desk.dialog.value = desk.dialog.peek() === 'help' ? null : 'help'
    },
  },
]

export const canRun = (command: Command, desk: Desk): boolean => command.possible?.(desk) ?? true

/** The command whose shortcut this key press is. */
export const commandFor = (event: KeyboardEvent, desk: Desk): Command | undefined =>
  COMMANDS.find(
    (command) =>
      [command.shortcut, command.also].some((keys) => keys !== undefined && presses(event, keys)) &&
      canRun(command, desk),
  )
