// Buttons for marks, used by the toolbar and by the bubble next to a selection.
import type { Editor } from '@tiptap/core'
import {
  Bold,
  Code,
  Highlighter,
  Italic,
  Link2,
  type LucideIcon,
  Strikethrough,
  Underline,
} from 'lucide-preact'
import { HIGHLIGHTS } from '../../editor/marker'
import { type MessageKey, message } from '../../i18n/message'
import { IconButton } from '../parts/button'
import { Menu, MenuItem } from '../parts/menu'
import { useDesk } from './desk'

type Chain = ReturnType<Editor['chain']>

export interface MarkChoice {
  name: string
  label: MessageKey
  icon: LucideIcon
  shortcut: string
  toggle: (chain: Chain) => Chain
}

export const MARKS: MarkChoice[] = [
  { name: 'bold', label: 'mark.bold', icon: Bold, shortcut: 'Mod-b', toggle: (chain) => chain.toggleBold() },
  {
    name: 'italic',
    label: 'mark.italic',
    icon: Italic,
    shortcut: 'Mod-i',
    toggle: (chain) => chain.toggleItalic(),
  },
  {
    name: 'underline',
    label: 'mark.underline',
    icon: Underline,
    shortcut: 'Mod-u',
    toggle: (chain) => chain.toggleUnderline(),
  },
  {
    name: 'strike',
    label: 'mark.strike',
    icon: Strikethrough,
    shortcut: 'Mod-Shift-s',
    toggle: (chain) => chain.toggleStrike(),
  },
  { name: 'code', label: 'mark.code', icon: Code, shortcut: 'Mod-e', toggle: (chain) => chain.toggleCode() },
]

export function MarkButtons({ editor }: { editor: Editor }) {
  const { linking, revision } = useDesk()
  // Read so that the buttons are drawn again when the selection moves.
  revision.value
  const inCode = editor.isActive('codeBlock')
  return (
    <>
      {MARKS.map((mark) => (
        <IconButton
          key={mark.name}
          icon={mark.icon}
          label={message(mark.label)}
          shortcut={mark.shortcut}
          pressed={editor.isActive(mark.name)}
          disabled={inCode}
          onPress={() => mark.toggle(editor.chain().focus()).run()}
        />
      ))}
      <Menu
        label={message('mark.highlight')}
        class={editor.isActive('highlight') ? 'icon-button on' : 'icon-button'}
        face={<Highlighter size={18} aria-hidden="true" />}
      >
        {HIGHLIGHTS.map((color) => (
          <MenuItem
            key={color}
            label={message(`highlight.${color}`)}
            icon={<span class="swatch" data-color={color} />}
            checked={editor.isActive('highlight', { color })}
            onChoose={() => editor.chain().focus().setMark('highlight', { color }).run()}
          />
        ))}
        <MenuItem
          label={message('highlight.none')}
          icon={<span class="swatch none" />}
          checked={!editor.isActive('highlight')}
          onChoose={() => editor.chain().focus().unsetMark('highlight').run()}
        />
      </Menu>
      <IconButton
        icon={Link2}
        label={message('mark.link')}
        shortcut="Mod-k"
        pressed={editor.isActive('link')}
        disabled={inCode}
        onPress={() => (linking.value = true)}
      />
    </>
  )
}
