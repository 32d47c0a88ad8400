// A picture: one block, with words for those who cannot see it. While a file is on its way there is no
// such node (editor/uploads.ts); this is what stands in the document afterwards.
//
// A picture that may not be loaded is shown as a link to it, with its words. The width is set by a
// handle and stored once, when it is let go. That there are no words yet is said kindly, to whoever
// may write some.

import { signal } from '@preact/signals'
import { type Editor, mergeAttributes, Node } from '@tiptap/core'
import type { Node as DocumentNode } from '@tiptap/pm/model'
import { NodeSelection } from '@tiptap/pm/state'
import { message } from '../i18n/message'
import { isSafeLink } from './link'
import { sourceOf, widthOf } from './source'

/** When somebody last asked for the field of the words of the selected picture. */
export const describing = signal(Number.NEGATIVE_INFINITY)

/** In pixels. */
export const NARROWEST = 48

const text = (value: unknown): string => (typeof value === 'string' ? value : '')

/** Selects the picture at a position, and asks for its words. */
function describe(editor: Editor, position: number | undefined): void {
  if (position === undefined) return
  // The field takes the focus, not the text.
  editor.commands.setNodeSelection(position)
  describing.value = performance.now()
}

class PictureView {
  readonly dom = document.createElement('figure')
  private shown: HTMLElement | null = null
  private readonly handle = document.createElement('span')
  private readonly ask = document.createElement('button')

  constructor(
    private node: DocumentNode,
    private readonly editor: Editor,
    private readonly position: () => number | undefined,
    private readonly document_: string,
  ) {
    this.dom.className = 'picture'
    this.handle.className = 'picture-handle'
    this.handle.title = message('image.resize')
    this.handle.addEventListener('pointerdown', (event) => this.resize(event))
    this.ask.type = 'button'
    this.ask.className = 'picture-ask'
    this.ask.textContent = message('image.describe')
    this.ask.addEventListener('click', () => describe(editor, position()))
    this.draw()
  }

  private draw(): void {
    const { src, alt, title, width, href } = this.node.attrs
    const source = sourceOf(src, this.document_, location.origin)
    this.dom.replaceChildren()
    this.shown = null
    this.dom.classList.toggle('unshown', source.kind !== 'own' && source.kind !== 'other')
    if (source.kind === 'own' || source.kind === 'other') {
      const picture = document.createElement('img')
      picture.src = source.address
      picture.alt = text(alt)
      picture.draggable = false
      if (text(title) !== '') picture.title = text(title)
      const known = widthOf(width)
      if (known !== null) picture.style.width = `${known}px`
      picture.addEventListener('error', () => this.miss(message('image.broken'), source.address))
      this.shown = picture
      this.dom.append(picture)
      if (text(href) !== '' && isSafeLink(text(href))) this.dom.title = text(href)
      if (this.editor.isEditable) {
        this.dom.append(this.handle)
        if (text(alt) === '') this.dom.append(this.ask)
      }
    } else if (source.kind === 'foreign')
      this.miss(message('image.foreign', { host: source.host }), source.address)
    else this.miss(message('image.none'), null)
  }

  /** Says in the place of the picture why it is not there. */
  private miss(why: string, address: string | null): void {
    const words = document.createElement('p')
    words.textContent = text(this.node.attrs.alt) || message('image.wordless')
    const reason = document.createElement('small')
    reason.textContent = why
    this.dom.classList.add('unshown')
    this.dom.replaceChildren(words, reason)
    if (address === null || !isSafeLink(address)) return
    const link = document.createElement('a')
    link.href = address
    link.target = '_blank'
    link.rel = 'noopener noreferrer nofollow'
    link.textContent = message('image.open')
    this.dom.append(link)
  }

  private resize(event: PointerEvent): void {
    const picture = this.shown
    if (picture === null || event.button !== 0) return
    event.preventDefault()
    this.handle.setPointerCapture(event.pointerId)
    const begun = picture.getBoundingClientRect().width
    const widest = this.dom.parentElement?.clientWidth ?? begun
    const towards = getComputedStyle(this.dom).direction === 'rtl' ? -1 : 1
    let width = begun
    const move = (moved: PointerEvent) => {
      width = Math.max(NARROWEST, Math.min(widest, begun + towards * (moved.clientX - event.clientX)))
      picture.style.width = `${Math.round(width)}px`
    }
    const up = () => {
      this.handle.removeEventListener('pointermove', move)
      this.handle.removeEventListener('pointerup', up)
      this.handle.removeEventListener('pointercancel', up)
      const position = this.position()
      if (position === undefined || Math.round(width) === Math.round(begun)) return
      this.editor.commands.command(({ tr }) => {
        tr.setNodeAttribute(position, 'width', widthOf(width))
        return true
      })
    }
    this.handle.addEventListener('pointermove', move)
    this.handle.addEventListener('pointerup', up)
    this.handle.addEventListener('pointercancel', up)
  }

  update(updated: DocumentNode): boolean {
    if (updated.type !== this.node.type) return false
    const before = this.node
    this.node = updated
    if (!before.sameMarkup(updated)) this.draw()
    return true
  }

  stopEvent(event: Event): boolean {
    const target = event.target as globalThis.Node
    return this.handle.contains(target) || this.ask.contains(target)
  }

  ignoreMutation(): boolean {
    return true
  }
}

export const Picture = Node.create<{ document: string }>({
  name: 'image',
  group: 'block',
  atom: true,
  draggable: true,

  addOptions() {
    return { document: '' }
  },

  addAttributes() {
    const said = (name: string) => ({
      default: null,
      parseHTML: (element: HTMLElement) => element.getAttribute(name) || null,
    })
    return {
      src: said('src'),
      alt: said('alt'),
      title: said('title'),
      width: { default: null, parseHTML: (element) => widthOf(element.getAttribute('width')) },
      href: {
        default: null,
        // The link around it is copied as one.
        renderHTML: () => ({}),
        parseHTML: (element) => {
          const address = element.closest('a')?.getAttribute('href') ?? ''
          return address !== '' && isSafeLink(address) ? address : null
        },
      },
    }
  },

  parseHTML() {
    return [{ tag: 'img[src]' }]
  },

  renderHTML({ node, HTMLAttributes }) {
    const href = text(node.attrs.href)
    const picture = ['img', mergeAttributes(HTMLAttributes)] as const
    return href !== '' && isSafeLink(href) ? ['a', { href }, picture] : picture
  },

  renderText({ node }) {
    return text(node.attrs.alt)
  },

  addNodeView() {
    return ({ node, editor, getPos }) => new PictureView(node, editor, getPos, this.options.document)
  },

  addKeyboardShortcuts() {
    return {
      Enter: ({ editor }) => {
        const { selection } = editor.state
        if (!(selection instanceof NodeSelection) || selection.node.type.name !== this.name) return false
        describing.value = performance.now()
        return true
      },
    }
  },
})
