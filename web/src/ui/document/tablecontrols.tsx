// Controls around the table the caret is in: a bar above it, and a plus behind its last column and row.
import type { Editor } from '@tiptap/core'
import { CellSelection, mergeCells, splitCell } from '@tiptap/pm/tables'
import { Ellipsis, PanelTop, Plus, TableCellsMerge, TableCellsSplit, Trash2 } from 'lucide-preact'
import { repairTables } from '../../editor/tables'
import { type MessageKey, message } from '../../i18n/message'
import { IconButton } from '../parts/button'
import { Floating } from '../parts/floating'
import { Menu, MenuItem } from '../parts/menu'
import { Toolbar } from '../parts/toolbar'
import { useDesk } from './desk'
import { growing, isLeftward, PartItems, useHeldCell } from './tableitems'

type Chain = ReturnType<Editor['chain']>

const REMOVING: [MessageKey, (chain: Chain) => Chain][] = [
  ['table.deleteRow', (chain) => chain.deleteRow()],
  ['table.deleteColumn', (chain) => chain.deleteColumn()],
  ['table.delete', (chain) => chain.deleteTable()],
]

/** The table around the selection, and the position of its last cell. */
function tableAt(editor: Editor): { element: HTMLTableElement; lastCell: number } | null {
  const { $anchor } = editor.state.selection
  for (let depth = $anchor.depth; depth > 0; depth--) {
    const node = $anchor.node(depth)
    if (node.type.name !== 'table') continue
    const start = $anchor.before(depth)
    const element = editor.view.nodeDOM(start)
    const table = element instanceof HTMLElement ? (element.querySelector('table') ?? element) : null
    // Inside the last paragraph of the last cell: three tokens close behind it.
    return table instanceof HTMLTableElement ? { element: table, lastCell: start + node.nodeSize - 4 } : null
  }
  return null
}

export function TableControls() {
  const { editor: current, revision } = useDesk()
  revision.value
  const editor = current.value
  const cell = useHeldCell(editor)
  if (editor === null || !editor.isEditable) return null
  const focused = editor.isFocused || document.activeElement?.closest('.table-bar, .table-edge') != null
  const table = focused ? tableAt(editor) : null
  if (table === null) return null
  const { selection } = editor.state
  const merges = selection instanceof CellSelection && mergeCells(editor.state)
  const splits = splitCell(editor.state)
  const chain = () => {
    repairTables(editor)
    return editor.chain().focus()
  }
  const atEnd = () => {
    const begun = chain()
    return begun.setTextSelection(tableAt(editor)?.lastCell ?? table.lastCell)
  }
  return (
    <>
      <Floating anchor={table.element} placement="top-end" gap={6} class="table-bar">
        <Toolbar label={message('table.label')} class="bubble-bar">
          {growing(table.element).map(({ icon, label, run }) => (
            <IconButton key={label} icon={icon} label={message(label)} onPress={() => run(chain()).run()} />
          ))}
          <IconButton
            icon={PanelTop}
            label={message('table.header')}
            onPress={() => chain().toggleHeaderRow().run()}
          />
          {merges && (
            <IconButton
              icon={TableCellsMerge}
              label={message('table.merge')}
              onPress={() => chain().mergeCells().run()}
            />
          )}
          {splits && (
            <IconButton
              icon={TableCellsSplit}
              label={message('table.split')}
              onPress={() => chain().splitCell().run()}
            />
          )}
          <Menu
            label={message('table.more')}
            class="icon-button"
            placement="bottom-end"
            onOpen={cell.hold}
            face={<Ellipsis size={18} aria-hidden="true" />}
          >
            {(['row', 'column'] as const).map((part) => (
              <div key={part} role="group" aria-label={message(`table.${part}`)}>
                <span class="menu-title" aria-hidden="true">
                  {message(`table.${part}`)}
                </span>
                <PartItems editor={editor} cell={cell} part={part} brief />
              </div>
            ))}
          </Menu>
          <i class="separator" />
          <Menu
            label={message('table.remove')}
            class="icon-button"
            placement="bottom-end"
            onOpen={cell.hold}
            face={<Trash2 size={18} aria-hidden="true" />}
          >
            {REMOVING.map(([key, run]) => (
              <MenuItem
                key={key}
                label={message(key)}
                danger
                onChoose={cell.does(() => run(chain()).run())}
              />
            ))}
          </Menu>
        </Toolbar>
      </Floating>
      <Floating
        anchor={table.element}
        placement={isLeftward(table.element) ? 'left' : 'right'}
        gap={3}
        class="table-edge"
      >
        <IconButton
          icon={Plus}
          label={message('table.addColumn')}
          onPress={() => atEnd().addColumnAfter().run()}
        />
      </Floating>
      <Floating anchor={table.element} placement="bottom" gap={3} class="table-edge">
        <IconButton icon={Plus} label={message('table.addRow')} onPress={() => atEnd().addRowAfter().run()} />
      </Floating>
    </>
  )
}
