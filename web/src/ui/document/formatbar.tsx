// The toolbar: at the top on a desk, at the bottom of a phone, where thumbs and keyboards are.
import { ChevronDown, PencilLine, Plus, Redo2, Undo2 } from 'lucide-preact'
import { CODE, INSERTED, KINDS, kindAt, LISTS, QUOTE, TABLE } from '../../editor/blocks'
import { message } from '../../i18n/message'
import { CommentAction } from '../comments/action'
import { IconButton } from '../parts/button'
import { readable } from '../parts/keys'
import { Menu, MenuItem } from '../parts/menu'
import { Toolbar } from '../parts/toolbar'
import { setMode } from '../suggestions/acts'
import { touch } from './bubble'
import { useDesk } from './desk'
import { MarkButtons } from './marks'

const TOGGLED = [...LISTS, QUOTE, CODE]

export function FormatBar() {
  const desk = useDesk()
  const { session, editor: current, revision } = desk
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
      {/* Elsewhere it is in the bubble at the selected words. */}
      {touch.matches && <CommentAction />}
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
      <Menu
        label={message('toolbar.insert')}
        class="insert-button"
        face={
          <>
            <Plus size={17} aria-hidden="true" />
            <span>{message('toolbar.insert.short')}</span>
          </>
        }
      >
        {INSERTED.filter((block) => block !== TABLE || !block.active(editor)).map((block) => (
          <MenuItem
            key={block.id}
            label={message(block.label)}
            icon={<block.icon size={17} aria-hidden="true" />}
            {...(block.markdown ? { detail: block.markdown } : {})}
            onChoose={() => block.apply(chain()).run()}
          />
        ))}
      </Menu>
      <i class="separator" />
      <IconButton
        icon={PencilLine}
        label={message('suggest.mode')}
        shortcut="Mod-Alt-Shift-x"
        pressed={desk.suggesting.value}
        onPress={() => void setMode(desk, !desk.suggesting.peek())}
      />
    </Toolbar>
  )
}
