// Colours for code. Spans are remembered per code block: the Yjs binding hands over a new document
// for every remote change, but unchanged blocks stay the same nodes and cost nothing.
//
// The grammars are a chunk of their own, fetched when the first code block appears.
import { Extension } from '@tiptap/core'
import type { Node } from '@tiptap/pm/model'
import { Plugin, PluginKey } from '@tiptap/pm/state'
import { Decoration, DecorationSet, type EditorView } from '@tiptap/pm/view'
import type { createLowlight } from 'lowlight'

type Lowlight = ReturnType<typeof createLowlight>
type Nodes = ReturnType<Lowlight['highlight']>['children']

interface Span {
  from: number
  to: number
  class: string
}

const key = new PluginKey<DecorationSet>('codeColours')

let lowlight: Lowlight | null = null
let loading: Promise<void> | null = null
let spans = new WeakMap<Node, Span[]>()

function loadGrammars(): Promise<void> {
  loading ??= import('./grammars').then((module) => {
    lowlight = module.lowlight
    spans = new WeakMap()
  })
  return loading
}

function collect(nodes: Nodes, classes: string[], offset: number, into: Span[]): number {
  for (const node of nodes) {
    if (node.type === 'text') {
      const end = offset + node.value.length
      if (classes.length > 0) into.push({ from: offset, to: end, class: classes.join(' ') })
      offset = end
    } else if (node.type === 'element') {
      const own = node.properties.className
      offset = collect(
        node.children,
        Array.isArray(own) ? [...classes, ...own.map(String)] : classes,
        offset,
        into,
      )
    }
  }
  return offset
}

function spansOf(block: Node): Span[] {
  const known = spans.get(block)
  if (known !== undefined) return known
  const found: Span[] = []
  const language: unknown = block.attrs.language
  if (lowlight !== null && typeof language === 'string' && lowlight.registered(language))
    collect(lowlight.highlight(language, block.textContent).children, [], 1, found)
  spans.set(block, found)
  return found
}

const isCode = (node: Node): boolean => node.type.name === 'codeBlock'

function colour(doc: Node): DecorationSet {
  const decorations: Decoration[] = []
  doc.descendants((node, position) => {
    if (!isCode(node)) return !node.isTextblock
    for (const span of spansOf(node))
      decorations.push(Decoration.inline(position + span.from, position + span.to, { class: span.class }))
    return false
  })
  return DecorationSet.create(doc, decorations)
}

function holdsCode(doc: Node): boolean {
  let found = false
  doc.descendants((node) => {
    found ||= isCode(node)
    return !found && !node.isTextblock
  })
  return found
}

export const CodeColours = Extension.create({
  name: 'codeColours',

  addProseMirrorPlugins() {
    const fetchWhenNeeded = (view: EditorView) => {
      if (lowlight !== null || loading !== null || !holdsCode(view.state.doc)) return
      void loadGrammars().then(() => {
        if (!view.isDestroyed)
          view.dispatch(view.state.tr.setMeta(key, 'grammars').setMeta('addToHistory', false))
      })
    }
    return [
      new Plugin({
        key,
        state: {
          init: (_config, state) => colour(state.doc),
          apply(transaction, before, _old, state) {
            if (transaction.getMeta(key) === undefined && !transaction.docChanged) return before
            if (lowlight === null) return DecorationSet.empty
            return colour(state.doc)
          },
        },
        props: { decorations: (state) => key.getState(state) },
        view(view) {
          fetchWhenNeeded(view)
          return { update: fetchWhenNeeded }
        },
      }),
    ]
  },
})
