// A text that is only looked at: the editor's own schema and drawing, without the shared document, so
// that nothing that happens here can reach it. What came, went and changed, and whose it is, are
// decorations: they are drawn around the text and are not part of it.
import { Editor } from '@tiptap/core'
import type { Node } from '@tiptap/pm/model'
import { EditorState, Plugin, PluginKey } from '@tiptap/pm/state'
import { Decoration, DecorationSet, type EditorView } from '@tiptap/pm/view'
import { Directions } from '../editor/direction'
import { CodeColours } from '../editor/highlight'
import { Picture as Image } from '../editor/image'
import { content } from '../editor/schema'
import { message } from '../i18n/message'
import { placeSaid } from './said'
import type { Picture, Place, Step } from './told'

export interface Looks {
  picture: Picture
  /** The step that is looked at. */
  step: Step | null
  /** What is new since what was shown before. */
  fresh: { from: number; to: number } | null
  colourOf: (name: string | null) => string
}

const FOLDED =
  '.details:not(.open):has(.change-added, .change-removed, .change-changed, .fresh, .change-chip)'

const key = new PluginKey<DecorationSet>('paper')

/** For those who do not see colours; not part of what is copied. */
function aside(words: string): HTMLElement {
  const element = document.createElement('span')
  element.className = 'unseen aside'
  element.textContent = ` ${words}: `
  return element
}

function chip(words: string): HTMLElement {
  const element = document.createElement('span')
  element.className = 'change-chip'
  element.contentEditable = 'false'
  element.textContent = words
  return element
}

/** Where something can be said of a block: a list holds items only, a table rows, and a row cells. */
function spotFor(doc: Node, from: number): number {
  const { spec } = doc.resolve(from).parent.type
  if (spec.tableRole === 'table') return from + 2
  return spec.tableRole === 'row' || /\blist\b/.test(spec.group ?? '') ? from + 1 : from
}

function drawPlace(doc: Node, place: Place, current: boolean): Decoration[] {
  const words = placeSaid(place)
  const { from, to, change } = place
  const wears = `${place.inline ? 'inline' : 'block'}-change change-${change}${current ? ' change-current' : ''}`
  if (place.inline) {
    const nodeName = change === 'added' ? 'ins' : change === 'removed' ? 'del' : 'span'
    const drawn = [
      place.is.text === undefined
        ? Decoration.node(from, to, { class: wears, title: words })
        : Decoration.inline(from, to, { nodeName, class: wears, title: words }),
    ]
    if (!place.within)
      drawn.push(Decoration.widget(from, () => aside(words), { side: -1, key: `aside ${words}` }))
    return drawn
  }
  if (place.within) return []
  const drawn = [Decoration.node(from, to, { class: wears, title: words })]
  const draw = () => (change === 'changed' ? chip(words) : aside(words))
  drawn.push(Decoration.widget(spotFor(doc, from), draw, { side: -1, key: `${change} ${words}` }))
  return drawn
}

function decorate({ picture, step, fresh, colourOf }: Looks): DecorationSet {
  const drawn: Decoration[] = []
  for (const place of picture.places)
    drawn.push(...drawPlace(picture.doc, place, step?.places.includes(place) ?? false))
  for (const { from, to, author } of picture.tints) {
    const name = author.name ?? message('history.somebody')
    const style = `--person:${colourOf(author.name)}`
    drawn.push(Decoration.inline(from, to, { class: 'tint', style, title: name }))
  }
  if (fresh !== null && fresh.to > fresh.from)
    drawn.push(Decoration.inline(fresh.from, fresh.to, { class: 'fresh' }))
  return DecorationSet.create(picture.doc, drawn)
}

export class Paper {
  readonly editor: Editor
  private looks: Looks | null = null

  constructor(element: HTMLElement, document: string) {
    this.editor = new Editor({
      element,
      editable: false,
      injectCSS: false,
      extensions: [
        ...content.map((extension) =>
          extension.name === Image.name ? Image.configure({ document }) : extension,
        ),
        CodeColours,
        Directions,
      ],
      editorProps: {
        attributes: {
          class: 'text paper',
          role: 'document',
          tabindex: '0',
          'aria-label': message('history.text'),
        },
      },
    })
    const plugin = new Plugin<DecorationSet>({
      key,
      state: {
        init: () => (this.looks === null ? DecorationSet.empty : decorate(this.looks)),
        apply: (transaction, before) =>
          transaction.getMeta(key) === undefined || this.looks === null ? before : decorate(this.looks),
      },
      props: { decorations: (state) => key.getState(state) },
      // Whatever some extension may want: this text stays as it was.
      filterTransaction: (transaction) => !transaction.docChanged,
    })
    this.editor.registerPlugin(plugin)
  }

  get schema() {
    return this.editor.schema
  }

  get view(): EditorView {
    return this.editor.view
  }

  show(looks: Looks): void {
    const before = this.looks
    this.looks = looks
    const { state, view } = this.editor
    if (before?.picture === looks.picture) {
      view.dispatch(state.tr.setMeta(key, true).setMeta('addToHistory', false))
      return
    }
    view.updateState(EditorState.create({ doc: looks.picture.doc, plugins: state.plugins }))
    // What changed is not to be missed because it is folded away.
    for (const details of view.dom.querySelectorAll(FOLDED))
      details.querySelector<HTMLElement>(':scope > button')?.click()
  }

  /** Brings a place into sight. */
  scrollTo(position: number, smooth: boolean): void {
    const inside = Math.min(Math.max(position, 0), this.view.state.doc.content.size)
    const { node, offset } = this.view.domAtPos(inside, 1)
    const child = node.childNodes[offset] ?? node
    const element = child instanceof HTMLElement ? child : child.parentElement
    element?.scrollIntoView({ block: 'center', behavior: smooth ? 'smooth' : 'auto' })
  }

  destroy(): void {
    this.editor.destroy()
  }
}

/** What of the second document is not in the first, roughly: one stretch. */
export function freshIn(before: Picture | null, picture: Picture): { from: number; to: number } | null {
  if (before === null) return null
  const from = before.doc.content.findDiffStart(picture.doc.content)
  const end = before.doc.content.findDiffEnd(picture.doc.content)
  if (from === null || end === null) return null
  return { from, to: Math.max(from, end.b) }
}
