// The toolbar: at the top on a desk, at the bottom of a phone, where thumbs and keyboards are.
import { ChevronDown, Redo2, Undo2 } from 'lucide-preact'
import { CODE, DIVIDER, KINDS, kindAt, LISTS, QUOTE, TABLE } from '../../editor/blocks'
import { message } from '../../i18n/message'
import { IconButton } from '../parts/button'
import { readable } from '../parts/keys'
import { Menu, MenuItem } from '../parts/menu'
import { Toolbar } from '../parts/toolbar'
import { useDesk } from './desk'
import { MarkButtons } from './marks'

const TOGGLED = [...LISTS, QUOTE, CODE]
const INSERTED = [TABLE, DIVIDER]

export function FormatBar() {
  const { session, editor: current, revision } = useDesk()
  revision.value
  const editor = current.value
  if (session.ending.value !== null) return null
  if (editor === null || !editor.isEditable) return <div class="formatbar" />
  const kind = kindAt(editor)
  const chain = () => editor.chain().focus()
  return (
    <Toolbar label={message('toolbar.label')} class="formatbar">
      <IconButton
        icon={Undo2}
        label={message('toolbar.undo')}
        shortcut="Mod-z"
        disabled={!editor.can().undo()}
        onPress={() => chain().undo().run()}
      />
      <IconButton
        icon={Redo2}
        label={message('toolbar.redo')}
        shortcut="Mod-Shift-z"
        disabled={!editor.can().redo()}
        onPress={() => chain().redo().run()}
      />
      <i class="separator" />
      <Menu
        label={message('toolbar.kind', { kind: message(kind.label) })}
        class="kind-button"
        face={
          <>
            <span>{message(kind.label)}</span>
            <ChevronDown size={15} aria-hidden="true" />
          </>
        }
      >
        {KINDS.map((block) => (
          <MenuItem
            key={block.id}
            label={message(block.label)}
            icon={<block.icon size={17} aria-hidden="true" />}
            {...(block.shortcut ? { detail: readable(block.shortcut) } : {})}
            checked={block === kind}
            onChoose={() => {
              if (block !== kind) block.apply(chain()).run()
              else editor.commands.focus()
            }}
          />
        ))}
      </Menu>
      <i class="separator" />
      <MarkButtons editor={editor} />
      <i class="separator" />
      {TOGGLED.map((block) => (
        <IconButton
          key={block.id}
          icon={block.icon}
          label={message(block.label)}
          shortcut={block.shortcut}
          pressed={block.active(editor)}
          onPress={() => block.apply(chain()).run()}
        />
      ))}
      <i class="separator" />
      {INSERTED.map((block) => (
        <IconButton
          key={block.id}
          icon={block.icon}
          label={message(block.label)}
          disabled={block === TABLE && block.active(editor)}
          onPress={() => block.apply(chain()).run()}
        />
      ))}
    </Toolbar>
  )
}
