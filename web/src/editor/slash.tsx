// The slash menu: type "/" at the start of a word and pick a block.
import { message } from '../i18n/message'
import { BLOCKS, type Block, findBlocks, HEADINGS, LISTS, TEXT } from './blocks'
import { DOCUMENT_LINK } from './doclink'
import { EMOJI } from './emoji'
import { isSuggesting } from './suggesting'
import { type Suggested, suggestions } from './suggestions'

function groupOf(block: Block): string {
  if (block === TEXT || HEADINGS.includes(block)) return message('slash.text')
  return message(LISTS.includes(block) ? 'slash.lists' : 'slash.insert')
}

/** What can be put into a line, beside the blocks. */
const SIGNS: Block[] = [DOCUMENT_LINK, EMOJI]

const all = [...BLOCKS, ...SIGNS]

/** Headings stand over the whole list only: what is looked for is ordered by how well it fits. */
const suggest = (block: Block, whole: boolean): Suggested => ({
  id: block.id,
  ...(whole ? { group: groupOf(block) } : {}),
  picture: <block.icon size={18} aria-hidden="true" />,
  label: message(block.label),
  hint: message(block.hint),
  ...(block.markdown ? { sign: block.markdown } : {}),
  choose: (editor, range) => {
    block.apply(editor.chain().focus().deleteRange(range)).run()
  },
})

export const SlashMenu = suggestions({
  name: 'slashMenu',
  sign: '/',
  label: 'slash.label',
  before: [' '],
  // "Heading 1", but no sentence that goes on behind a sign and a word.
  spaces: (query) => all.some(({ label }) => message(label).toLowerCase().startsWith(query.toLowerCase())),
  class: 'pictured',
  find: (query, _signal, editor) => {
    // Blocks cannot be suggested.
    if (isSuggesting(editor)) return []
    const found = query === '' ? all : findBlocks(query, message, all)
    return found.map((block) => suggest(block, query === ''))
  },
})
