// Emoji by name: ":" and two letters at the start of a word open a list, and what is chosen is put in as
// the plain character. `:smile:` written out is enough.
import type { Editor } from '@tiptap/core'
import { Smile } from 'lucide-preact'
import type { Block } from './blocks'
import { type Emoji, popularEmoji, searchEmoji } from './emojisearch'
import { type Suggested, suggestions } from './suggestions'

/** So many letters before it is looked for: a colon alone is mostly just a colon. */
const LETTERS = 2

type Chain = ReturnType<Editor['chain']>

/** Whether the next ":" was put in to choose from all, and whether the open list is of that kind. */
let asked = false
let open = false

const suggest = ({ emoji, names, description }: Emoji): Suggested => ({
  id: names[0] ?? emoji,
  picture: <span class="emoji">{emoji}</span>,
  label: description,
  sign: `:${names[0]}:`,
  choose: (editor, range) => {
    editor.chain().focus().insertContentAt(range, emoji).run()
  },
})

/** Once they are here they are answered at once: who types `:smile:` fast does not wait between letters. */
let known: readonly Emoji[] | null = null

async function load(): Promise<readonly Emoji[]> {
  known ??= (await import('./emojidata')).gemoji
  return known
}

async function find(query: string): Promise<Suggested[]> {
  if (query === '') {
    open = asked
    asked = false
  }
  if (query.length < LETTERS && !open) {
    // The second letter is likely.
    if (query.length > 0) void load().catch(() => undefined)
    return []
  }
  const all = known ?? (await load())
  return (query === '' ? popularEmoji(all) : searchEmoji(all, query)).map(suggest)
}

export const EmojiList = suggestions({
  name: 'emojiList',
  sign: ':',
  label: 'emoji.label',
  before: [' ', '('],
  class: 'compact',
  find,
  closing: { key: ':', id: (query) => query.toLowerCase() },
})

/** The entry of the slash menu: a colon, and the list of all. */
export const EMOJI: Block = {
  id: 'emoji',
  label: 'block.emoji',
  hint: 'block.emoji.hint',
  words: 'smiley symbol icon',
  icon: Smile,
  markdown: ':smile:',
  active: () => false,
  apply: (chain: Chain) => {
    asked = true
    return chain.insertContent(':')
  },
}
