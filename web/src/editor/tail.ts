// A click below the last block of a document that does not end in a paragraph begins one there.
// Only a person's click may do that: adding it on opening would mean that looking is editing.
import { Extension } from '@tiptap/core'
import { Plugin, TextSelection } from '@tiptap/pm/state'

export const Tail = Extension.create({
  name: 'tail',

  addProseMirrorPlugins() {
    return [
      new Plugin({
        props: {
          handleDOMEvents: {
            mousedown(view, event) {
              const last = view.dom.lastElementChild
              const { doc, schema } = view.state
              if (!view.editable || event.button !== 0 || event.target !== view.dom || last === null)
                return false
              if (event.clientY <= last.getBoundingClientRect().bottom) return false
              const paragraph = schema.nodes.paragraph
              if (doc.lastChild === null || doc.lastChild.type === paragraph || paragraph === undefined)
                return false
              event.preventDefault()
              const transaction = view.state.tr.insert(doc.content.size, paragraph.create())
              const end = TextSelection.atEnd(transaction.doc)
              view.dispatch(transaction.setSelection(end).scrollIntoView())
              view.focus()
              return true
            },
          },
        },
      }),
    ]
  },
})
