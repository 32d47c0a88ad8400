// What is copied, as plain text: as one would type it. Paragraphs stand a blank line apart, the items of
// a list and the lines of a paragraph one line, the cells of a row one tab, as spreadsheets have it.
import type { Fragment, Node } from '@tiptap/pm/model'

const LISTS = new Set(['bulletList', 'orderedList', 'taskList'])

/** What stands for something in a line that is no text. */
function instead(node: Node): string {
  if (node.type.name === 'hardBreak') return '\n'
  const said = node.type.spec.leafText?.(node)
  if (said !== undefined) return said
  for (const name of ['label', 'latex', 'alt']) {
    const value: unknown = node.attrs[name]
    if (typeof value === 'string' && value !== '') return value
  }
  return ''
}

function line(block: Node): string {
  let text = ''
  block.forEach((child) => {
    text += child.isText ? (child.text ?? '') : instead(child)
  })
  return text
}

const indented = (text: string, by: string): string =>
  text.replaceAll('\n', `\n${by}`).replace(/[ \t]+$/gm, '')

function list(node: Node): string {
  const start = Number(node.attrs.start ?? 1)
  const items: string[] = []
  node.forEach((item, _offset, index) => {
    const sign =
      node.type.name === 'orderedList'
        ? `${start + index}. `
        : item.type.name === 'taskItem'
          ? `[${item.attrs.checked ? 'x' : ' '}] `
          : '- '
    items.push(
      sign +
        indented(blocks(item.content, '\n'), ' '.repeat(node.type.name === 'orderedList' ? sign.length : 2)),
    )
  })
  return items.join('\n')
}

function table(node: Node): string {
  const rows: string[] = []
  node.forEach((row) => {
    const cells: string[] = []
    row.forEach((cell) => {
      cells.push(blocks(cell.content, ' ').replace(/[\t\n]+/g, ' '))
    })
    rows.push(cells.join('\t'))
  })
  return rows.join('\n')
}

function block(node: Node): string {
  if (node.isTextblock) return line(node)
  if (LISTS.has(node.type.name)) return list(node)
  if (node.type.name === 'table') return table(node)
  if (node.type.name === 'horizontalRule') return '---'
  if (node.isLeaf) return instead(node)
  return blocks(node.content, '\n\n')
}

function blocks(content: Fragment, between: string): string {
  const parts: string[] = []
  content.forEach((node) => {
    parts.push(block(node))
  })
  return parts.join(between)
}

/** The only block of text there is, when a part of one line was selected within lists or quotes. */
function onlyLine(content: Fragment): Node | null {
  let within = content
  while (within.childCount === 1 && within.firstChild !== null) {
    if (within.firstChild.isTextblock) return within.firstChild
    within = within.firstChild.content
  }
  return null
}

export function plainText(content: Fragment): string {
  const only = onlyLine(content)
  if (only !== null) return line(only)
  // Words within one line have no block around them.
  if (content.firstChild?.isInline) {
    let text = ''
    content.forEach((child) => {
      text += child.isText ? (child.text ?? '') : instead(child)
    })
    return text
  }
  const rows = content.firstChild?.type.name === 'tableRow'
  return blocks(content, rows ? '\n' : '\n\n')
}
