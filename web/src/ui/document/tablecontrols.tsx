// Controls around the table the caret is in: a bar above it, and a plus at its right and lower edge.
import type { Editor } from '@tiptap/core'
import { PanelTop, Plus, Trash2 } from 'lucide-preact'
import { type MessageKey, message } from '../../i18n/message'
import { type Icon, IconButton } from '../parts/button'
import { Floating } from '../parts/floating'
import { Menu, MenuItem } from '../parts/menu'
import { Toolbar } from '../parts/toolbar'
import { useDesk } from './desk'

type Chain = ReturnType<Editor['chain']>

/** A plus beside a row or column; turned to the side on which a new one appears. */
const grow =
  (turn: 0 | 90 | 180 | 270): Icon =>
  ({ size = 18 }) => (
    <svg width={size} height={size} viewBox="0 0 24 24" fill="none" stroke="currentColor" aria-hidden="true">
      <g transform={`rotate(${turn} 12 12)`} stroke-width="2" stroke-linecap="round" stroke-linejoin="round">
        <rect x="3" y="13" width="18" height="8" rx="2" />
        <path d="M12 3v6M9 6h6" />
      </g>
    </svg>
  )

const GROWING: [Icon, MessageKey, (chain: Chain) => Chain][] = [
  [grow(0), 'table.rowAbove', (chain) => chain.addRowBefore()],
  [grow(180), 'table.rowBelow', (chain) => chain.addRowAfter()],
  [grow(270), 'table.columnLeft', (chain) => chain.addColumnBefore()],
  [grow(90), 'table.columnRight', (chain) => chain.addColumnAfter()],
]

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
  if (editor === null || !editor.isEditable) return null
  const focused = editor.isFocused || document.activeElement?.closest('.table-bar, .table-edge') != null
  const table = focused ? tableAt(editor) : null
  if (table === null) return null
  const chain = () => editor.chain().focus()
  const atEnd = () => chain().setTextSelection(table.lastCell)
  return (
    <>
      <Floating anchor={table.element} placement="top-end" gap={6} class="table-bar">
        <Toolbar label={message('table.label')} class="bubble-bar">
          {GROWING.map(([icon, key, run]) => (
            <IconButton key={key} icon={icon} label={message(key)} onPress={() => run(chain()).run()} />
          ))}
          <IconButton
            icon={PanelTop}
            label={message('table.header')}
            onPress={() => chain().toggleHeaderRow().run()}
          />
          <i class="separator" />
          <Menu
            label={message('table.remove')}
            class="icon-button"
            placement="bottom-end"
            face={<Trash2 size={18} aria-hidden="true" />}
          >
            {REMOVING.map(([key, run]) => (
              <MenuItem key={key} label={message(key)} danger onChoose={() => run(chain()).run()} />
            ))}
          </Menu>
        </Toolbar>
      </Floating>
      <Floating anchor={table.element} placement="right" gap={3} class="table-edge">
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
