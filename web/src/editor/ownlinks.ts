// Links are made of addresses that somebody types here, not of those that arrive: the whole document comes
// through the binding when it is opened and when somebody else writes, and to make a link of a word in it
// would be to edit by looking. So would be to give the last block another kind because somebody else emptied
// a text that is selected here as a whole. (Tables have a rule of their own: tables.ts.)
import { Extension } from '@tiptap/core'
import { ySyncPluginKey } from '@tiptap/y-tiptap'

export const OwnLinks = Extension.create({
  name: 'ownLinks',

  dispatchTransaction({ transaction, next }) {
    const meta = transaction.getMeta(ySyncPluginKey) as { isChangeOrigin?: boolean } | undefined
    if (meta?.isChangeOrigin)
      transaction.setMeta('preventAutolink', true).setMeta('preventClearDocument', true)
    next(transaction)
  },
})
