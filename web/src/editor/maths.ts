// Formulas, in a line or by themselves: nodes that hold their LaTeX and nothing else. They are drawn
// by KaTeX once it is there (formula.ts); until then, and where it finds a mistake, the source is
// shown. Editing is done in a card beside the formula (ui/document/formulacard.tsx).
import { signal } from '@preact/signals'
import { InputRule, Node } from '@tiptap/core'
import type { Node as DocumentNode, NodeType } from '@tiptap/pm/model'
import { NodeSelection } from '@tiptap/pm/state'
import { message } from '../i18n/message'

type Draw = (latex: string, into: HTMLElement, display: boolean) => void

let draw: Draw | null = null
let loading: Promise<Draw> | null = null

/** KaTeX; asked for again when it could not be fetched. */
export function loadFormulas(): Promise<Draw> {
  loading ??= import('./formula').then(
    ({ renderFormula }) => {
      draw = renderFormula
      return renderFormula
    },
    (error: unknown) => {
      loading = null
      throw error
    },
  )
  return loading
}

/** The selected formula is being written: one that was put in for this, or one that was there. */
export const writingFormula = signal<'new' | 'old' | null>(null)

export const latexOf = (node: DocumentNode): string =>
  typeof node.attrs.latex === 'string' ? node.attrs.latex : ''

/** What KaTeX says of a mistake, without its own name and the source that stands beside it anyway. */
export const mistakeIn = (error: unknown): string =>
  (error instanceof Error ? error.message : String(error))
    .replace(/^KaTeX parse error: /, '')
    .replace(/ at (?:position \d+|end of input): .*$/s, '')

/** Draws a formula; what is wrong with it is returned and shown in its place. */
export function showFormula(render: Draw, latex: string, into: HTMLElement, display: boolean): string | null {
  try {
    render(latex, into, display)
    into.classList.remove('wrong')
    return null
  } catch (error) {
    into.classList.add('wrong')
    into.textContent = latex
    return mistakeIn(error)
  }
}

/** Whether what stands between two dollars is more likely to be an amount of money. */
export const isAmount = (words: string): boolean =>
  /^\d[\d.,]*(?:\s?(?:[-–—/+]|[a-z]{1,3}))?$/i.test(words.trim())

declare module '@tiptap/core' {
  interface Commands<ReturnType> {
    maths: {
      /** Puts in a formula that is still to be written, and opens its card. */
      writeFormula: (display: boolean) => ReturnType
    }
  }
}

const attributes = () => ({
  latex: {
    default: '',
    parseHTML: (element: HTMLElement) => element.getAttribute('data-latex') ?? '',
    renderHTML: (said: Record<string, unknown>) => ({ 'data-latex': said.latex }),
  },
})

class FormulaView {
  readonly dom: HTMLElement
  private latex = ''

  constructor(
    node: DocumentNode,
    private readonly display: boolean,
  ) {
    this.dom = document.createElement(display ? 'div' : 'span')
    this.dom.className = display ? 'formula block' : 'formula'
    this.dom.setAttribute('role', 'math')
    this.latex = latexOf(node)
    this.show()
  }

  private show(): void {
    const { dom, latex, display } = this
    const empty = latex.trim() === ''
    dom.classList.toggle('unwritten', empty)
    dom.classList.remove('wrong')
    dom.setAttribute('aria-label', empty ? message('math.empty') : latex)
    dom.removeAttribute('title')
    if (empty) {
      dom.textContent = message('math.empty')
      return
    }
    if (draw !== null) {
      const mistake = showFormula(draw, latex, dom, display)
      if (mistake !== null) dom.title = message('math.wrong', { mistake })
      return
    }
    dom.textContent = latex
    loadFormulas().then(
      () => {
        if (this.latex === latex) this.show()
      },
      () => dom.classList.add('wrong'),
    )
  }

  update(updated: DocumentNode): boolean {
    if (updated.type.name !== (this.display ? 'blockMath' : 'inlineMath')) return false
    const latex = latexOf(updated)
    if (latex !== this.latex) {
      this.latex = latex
      this.show()
    }
    return true
  }

  ignoreMutation(): boolean {
    return true
  }
}

/** Enter writes the selected formula. */
function begins(type: string) {
  return ({ editor }: { editor: { state: { selection: unknown }; isEditable: boolean } }): boolean => {
    const { selection } = editor.state
    if (!editor.isEditable || !(selection instanceof NodeSelection)) return false
    if (selection.node.type.name !== type) return false
    writingFormula.value = 'old'
    return true
  }
}

function insertRule(find: RegExp, type: NodeType, accepts: (latex: string) => boolean): InputRule {
  return new InputRule({
    find,
    handler: ({ state, range, match }) => {
      const latex = match[1]?.trim() ?? ''
      if (!accepts(latex)) return null
      // What stands before the first dollar is not part of it.
      const from = range.from + (match[0].startsWith('$') ? 0 : 1)
      const node = type.create({ latex })
      if (type.isInline) {
        state.tr.replaceWith(from, range.to, node)
        return
      }
      const $from = state.doc.resolve(range.from)
      const index = $from.index(-1)
      if (!$from.node(-1).canReplaceWith(index, index + 1, type)) return null
      const begun = $from.before()
      const { paragraph } = state.schema.nodes
      const written = latex !== ''
      const rest = written && paragraph ? [node, paragraph.create()] : [node]
      state.tr.replaceWith(begun, $from.after(), rest)
      if (written) return
      state.tr.setSelection(NodeSelection.create(state.tr.doc, begun))
      writingFormula.value = 'new'
    },
  })
}

export const InlineMath = Node.create({
  name: 'inlineMath',
  group: 'inline',
  inline: true,
  atom: true,
  marks: '',
  addAttributes: attributes,

  parseHTML() {
    return [{ tag: 'span[data-latex]' }]
  },

  renderHTML({ node, HTMLAttributes }) {
    return ['span', { ...HTMLAttributes, 'data-type': 'inline-math' }, `$${latexOf(node)}$`]
  },

  renderText({ node }) {
    return `$${latexOf(node)}$`
  },

  addNodeView() {
    return ({ node }) => new FormulaView(node, false)
  },

  addCommands() {
    return {
      writeFormula:
        (display) =>
        ({ tr, state, dispatch }) => {
          const { inlineMath, blockMath, paragraph } = state.schema.nodes
          const type = display ? blockMath : inlineMath
          if (!type || !paragraph) return false
          const { $from, empty, to } = tr.selection
          if (!$from.parent.isTextblock) return false
          const index = $from.index(display ? -1 : undefined)
          const around = $from.node(display ? -1 : undefined)
          if (!around.canReplaceWith(index + (display ? 1 : 0), index + (display ? 1 : 0), type)) return false
          if (!dispatch) return true
          // Words that are selected become its source.
          const latex = empty || display ? '' : state.doc.textBetween($from.pos, to)
          const node = type.create({ latex })
          let place = $from.pos
          if (!display) tr.replaceRangeWith($from.pos, to, node)
          else if ($from.parent.content.size === 0) {
            place = $from.before()
            tr.replaceWith(place, $from.after(), node)
          } else {
            place = $from.after()
            tr.insert(place, node)
          }
          if (display && tr.doc.lastChild?.type === type) tr.insert(tr.doc.content.size, paragraph.create())
          tr.setSelection(NodeSelection.create(tr.doc, place))
          writingFormula.value = 'new'
          return true
        },
    }
  },

  addInputRules() {
    return [
      insertRule(
        /(?:^|[\s(])\$([^\s$](?:[^$]*[^\s$\\])?)\$$/,
        this.type,
        (latex) => latex !== '' && !isAmount(latex),
      ),
    ]
  },

  addKeyboardShortcuts() {
    return { Enter: begins(this.name) }
  },
})

export const BlockMath = Node.create({
  name: 'blockMath',
  group: 'block',
  atom: true,
  addAttributes: attributes,

  parseHTML() {
    return [{ tag: 'div[data-latex]' }]
  },

  renderHTML({ node, HTMLAttributes }) {
    return ['div', { ...HTMLAttributes, 'data-type': 'block-math' }, `$$${latexOf(node)}$$`]
  },

  renderText({ node }) {
    return `$$${latexOf(node)}$$`
  },

  addNodeView() {
    return ({ node }) => new FormulaView(node, true)
  },

  addInputRules() {
    return [
      insertRule(/^\$\$([^$]+)\$\$$/, this.type, (latex) => latex !== ''),
      insertRule(/^\$\$\s$/, this.type, () => true),
    ]
  },

  addKeyboardShortcuts() {
    const opens = begins(this.name)
    return {
      Enter: (props) => {
        if (opens(props)) return true
        const { $from, empty } = props.editor.state.selection
        const { parent } = $from
        if (!empty || parent.type.name !== 'paragraph' || parent.textContent !== '$$') return false
        return props.editor
          .chain()
          .deleteRange({ from: $from.start(), to: $from.end() })
          .writeFormula(true)
          .run()
      },
    }
  },
})
