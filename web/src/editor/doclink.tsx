// Links to other documents: "[[" opens a search over all of them, and what is chosen is linked by its
// title. What is not there yet is made: its title stands in the text at once, and becomes a link when the
// server has named the new document, wherever the words are by then.
import type { Editor, Range } from '@tiptap/core'
import { FilePlus2, FileText } from 'lucide-preact'
import { documentPath, routeOf } from '../address'
import { createTitled, type Found, findDocuments } from '../api/links'
import { message } from '../i18n/message'
import { explain } from '../i18n/refusal'
import { tell } from '../ui/parts/toast'
import type { Block } from './blocks'
import { rememberPlace } from './place'
import { type Suggested, suggestions } from './suggestions'

const LONGEST = 80

function insertLink(editor: Editor, range: Range, { name, label }: Found): void {
  editor
    .chain()
    .focus()
    .insertContentAt(range, {
      type: 'text',
      text: label,
      marks: [{ type: 'link', attrs: { href: documentPath(name) } }],
    })
    .unsetMark('link')
    .run()
}

async function insertNew(editor: Editor, range: Range, title: string): Promise<void> {
  editor.chain().focus().insertContentAt(range, { type: 'text', text: title }).run()
  const place = rememberPlace(editor, range.from)
  try {
    const { name } = await createTitled(title)
    // The page was left, or may only be read by now; the document is there all the same.
    if (editor.isDestroyed || !editor.isEditable) return
    const from = place()
    const to = (from ?? 0) + title.length
    const link = editor.schema.marks.link?.create({ href: documentPath(name) })
    const { doc } = editor.state
    // Somebody may have taken the words away.
    if (from === null || link === undefined || to > doc.content.size) return
    if (doc.textBetween(from, to) !== title) return
    editor.view.dispatch(editor.state.tr.addMark(from, to, link).removeStoredMark(link))
  } catch (error) {
    tell(message('doclink.notMade', { title, reason: explain(error) }))
  }
}

const suggest = (found: Found): Suggested => ({
  id: `document ${found.name}`,
  picture: <FileText size={17} aria-hidden="true" />,
  label: found.label,
  ...(found.label === found.name ? {} : { hint: found.name }),
  choose: (editor, range) => insertLink(editor, range, found),
})

const create = (title: string): Suggested => ({
  id: 'create',
  picture: <FilePlus2 size={17} aria-hidden="true" />,
  label: message('doclink.create', { title }),
  choose: (editor, range) => void insertNew(editor, range, title),
})

async function find(query: string, signal: AbortSignal | undefined): Promise<Suggested[]> {
  const title = query.trim()
  // Brackets that are closed, and sentences, are no search.
  if (title.includes(']') || query.length > LONGEST || query.startsWith(' ')) return []
  const route = routeOf(location.pathname)
  const here = route.page === 'document' ? route.name : null
  const found = (await findDocuments(title, signal)).filter(({ name }) => name !== here).map(suggest)
  return title === '' ? found : [...found, create(title)]
}

export const DocumentLinks = suggestions({
  name: 'documentLinks',
  sign: '[[',
  label: 'doclink.label',
  before: [' ', '('],
  spaces: true,
  pause: 120,
  class: 'compact',
  find,
})

/** The entry of the slash menu. */
export const DOCUMENT_LINK: Block = {
  id: 'document',
  label: 'block.document',
  hint: 'block.document.hint',
  words: 'page wiki internal link',
  icon: FileText,
  markdown: '[[',
  active: () => false,
  apply: (chain) => chain.insertContent('[['),
}
