// Pictures and other files on their way into a document.
//
// While a file is on its way, the document knows nothing of it: what is seen is a widget of this page,
// with its progress, a way to stop it, and what went wrong (uploadfiles.tsx). The node is put in when the
// server has the file, so a picture that failed half way never stands broken in front of somebody else.
//
// A picture cannot be proposed: while one suggests, none is begun, and that is said. One that was begun
// before is an edit still.
//
// Where it belongs is a position that follows the text. The binding replaces the whole document when
// somebody else writes, so then it is taken through the smallest difference (caretmap.ts).
import { type Signal, signal } from '@preact/signals'
import type { Editor } from '@tiptap/core'
import type { Node as DocumentNode, Slice } from '@tiptap/pm/model'
import { type EditorState, PluginKey, TextSelection, type Transaction } from '@tiptap/pm/state'
import { canJoin, canSplit, dropPoint, insertPoint } from '@tiptap/pm/transform'
import type { EditorView } from '@tiptap/pm/view'
import { Refusal } from '../api/documents'
import { type StoredFile, sendFile } from '../api/files'
import { message } from '../i18n/message'
import { explain } from '../i18n/refusal'
import { followThrough, smallestChange } from './caretmap'
import { isPicture, sourceOf } from './source'
import { asItIs, isRefused, isSuggesting } from './suggesting'

export interface Upload {
  id: number
  name: string
  /** Null while it is still to be fetched from another document. */
  file: Signal<Blob | null>
  fetch: () => Promise<Blob>
  /** What the picture is to say besides its address. */
  attributes: Record<string, unknown>
  /** From 0 to 1. */
  progress: Signal<number>
  failure: Signal<string | null>
  /** A preview, while there is one. */
  preview: string | null
  /** What stood before and behind it when a line was parted for it. */
  parted?: string | null
  /** Null where another try would fail as well. */
  retry: (() => void) | null
  cancel: () => void
}

export interface Waiting {
  upload: Upload
  position: number
}

/** What comes to stand somewhere: what was begun later at the same place belongs behind it. */
type Step = { add: Waiting[] } | { remove: number; behind?: number }

export const key = new PluginKey<Waiting[]>('uploads')

/** What is on its way after a transaction, and where. */
export function applied(waiting: Waiting[], transaction: Transaction): Waiting[] {
  const step = transaction.getMeta(key) as Step | undefined
  let next = waiting
  if (transaction.docChanged && next.length > 0)
    next = next.map(({ upload, position }) => ({
      upload,
      position: followThrough(transaction, position, -1),
    }))
  if (step === undefined) return next
  if ('add' in step) return [...next, ...step.add]
  const { remove, behind } = step
  const place = waiting.find(({ upload }) => upload.id === remove)?.position
  return next.flatMap(({ upload, position }, index) => {
    if (upload.id === remove) return []
    const follows = upload.id > remove && waiting[index]?.position === place
    return { upload, position: (follows ? behind : undefined) ?? position }
  })
}

/** The nearest place for a block at or around a position: before an empty line, behind one with words. */
function placeFor(state: EditorState, position: number): number {
  const at = state.doc.resolve(Math.min(position, state.doc.content.size))
  const image = state.schema.nodes.image
  if (at.parent.isTextblock && at.depth > 0) {
    const index = at.index(-1)
    const around = at.node(-1)
    // The words of an item come first.
    const before = at.parent.content.size === 0 && image && around.canReplaceWith(index, index, image)
    if (before) return at.before()
    if (image && around.canReplaceWith(index + 1, index + 1, image)) return at.after()
  }
  return (image && insertPoint(state.doc, at.pos, image)) ?? state.doc.content.size
}

/**
 * Makes room at the caret, and leaves it below: what is put in there next, or written, comes behind. Null where a
 * line cannot be parted for a picture.
 */
function openAt(transaction: Transaction): number | null {
  const { doc, selection } = transaction
  const { $to, to } = selection
  const { parent, parentOffset } = $to
  const { image, paragraph } = doc.type.schema.nodes
  if (!parent.inlineContent || !image || !paragraph) return null
  const index = $to.index(-1)
  const fits = (at: number) => $to.node(-1).canReplaceWith(at, at, image)
  if (parentOffset === 0) return fits(index) ? $to.before() : null
  const below = parentOffset === parent.content.size ? [{ type: paragraph }] : undefined
  if (!canSplit(doc, to, 1, below) || !fits(index + 1)) return null
  transaction.split(to, 1, below).setSelection(TextSelection.create(transaction.doc, to + 2))
  return to + 1
}

/** The words of the blocks that meet at a place where they may become one; null where none do. */
function meeting(doc: DocumentNode, place: number): string | null {
  const { nodeBefore, nodeAfter } = doc.resolve(place)
  if (!nodeBefore?.isTextblock || !nodeAfter || !canJoin(doc, place)) return null
  return `${nodeBefore.textContent}\n${nodeAfter.textContent}`
}

function nodesFor(state: EditorState, upload: Upload, stored: StoredFile): DocumentNode | null {
  const { image, paragraph } = state.schema.nodes
  const { link } = state.schema.marks
  if (isPicture(stored.type) && image) return image.create({ ...upload.attributes, src: stored.url })
  if (!paragraph || !link) return null
  const words = state.schema.text(stored.name || upload.name, [link.create({ href: stored.url })])
  return paragraph.create(null, words)
}

let count = 0

/** The uploads of one editor. */
export class Uploads {
  /** Those that are here, whether they are sent or failed. */
  private readonly aborts = new Map<Upload, AbortController>()
  private known = false

  constructor(
    private readonly editor: Editor,
    private readonly document: string,
    private readonly isKnown: () => boolean,
  ) {}

  get busy(): boolean {
    return (key.getState(this.editor.state) ?? []).length > 0
  }

  /** Whether something may be put in now; what is chosen in a picker comes late. */
  private mayBegin(): boolean {
    return !this.editor.isDestroyed && this.editor.isEditable && !isRefused(this.editor)
  }

  /** Whether the server has the document: what it had once it has, whatever is written at this moment. */
  private isThere(): boolean {
    this.known ||= this.isKnown()
    return this.known
  }

  /** Begins with these files where the caret is. */
  addAtCaret(files: Blob[]): void {
    if (!this.mayBegin() || files.length === 0) return
    const { view } = this.editor
    const { tr } = view.state
    this.isThere()
    const place = openAt(tr)
    if (place !== null) view.dispatch(tr)
    this.add(files, place ?? tr.selection.to, place !== null && tr.docChanged ? meeting(tr.doc, place) : null)
  }

  /** Begins with these files at a position, where a line between these words was parted. */
  add(files: Blob[], position: number, parted: string | null = null): void {
    if (!this.mayBegin()) return
    const place = placeFor(this.editor.state, position)
    const uploads = files.map((file) =>
      this.make(file instanceof File ? file.name : '', file, async () => file, {}),
    )
    for (const upload of uploads) upload.parted = parted
    this.begin(uploads.map((upload) => ({ upload, position: place })))
  }

  /** Takes the place of a picture once it is there; until then that stays. */
  replace(file: File, position: number): void {
    if (!this.mayBegin()) return
    const before = this.editor.state.doc.nodeAt(position)
    if (before?.type.name !== 'image') return
    const { alt, title, href } = before.attrs
    const upload = this.make(file.name, file, async () => file, { alt, title, href })
    this.begin([{ upload, position: position + before.nodeSize }], before)
  }

  make(
    name: string,
    file: Blob | null,
    fetch: () => Promise<Blob>,
    attributes: Record<string, unknown>,
  ): Upload {
    count += 1
    const shown = file !== null && isPicture(file.type)
    const upload: Upload = {
      id: count,
      name: name || message('upload.unnamed'),
      file: signal(file),
      fetch,
      attributes,
      progress: signal(0),
      failure: signal(null),
      preview: shown ? URL.createObjectURL(file) : null,
      retry: () => void this.send(upload),
      cancel: () => this.drop(upload),
    }
    return upload
  }

  begin(waiting: Waiting[], instead?: DocumentNode): void {
    if (waiting.length === 0) return
    const { view } = this.editor
    view.dispatch(view.state.tr.setMeta(key, { add: waiting } satisfies Step).setMeta('addToHistory', false))
    const first = view.dom.querySelector(`[data-upload="${waiting[0]?.upload.id}"]`)
    first?.scrollIntoView({ block: 'nearest' })
    for (const { upload } of waiting) void this.send(upload, instead)
  }

  private async send(upload: Upload, instead?: DocumentNode): Promise<void> {
    upload.failure.value = null
    upload.progress.value = 0
    const abort = new AbortController()
    this.aborts.set(upload, abort)
    try {
      const file = upload.file.peek() ?? (await upload.fetch())
      upload.file.value = file
      const stored = await sendFile(this.document, this.isThere(), file, upload.name, {
        progress: (share) => {
          upload.progress.value = share
        },
        signal: abort.signal,
      })
      if (!abort.signal.aborted) this.finish(upload, stored, instead)
    } catch (error) {
      if (abort.signal.aborted) return
      const hopeless = error instanceof Refusal && error.status === 413
      upload.retry = hopeless ? null : () => void this.send(upload, instead)
      const broken = error instanceof Refusal && error.code === 'unreachable'
      upload.failure.value = broken ? message('upload.lost') : explain(error)
    }
  }

  private finish(upload: Upload, stored: StoredFile, instead?: DocumentNode): void {
    const { editor } = this
    if (editor.isDestroyed) return
    const { state } = editor
    const waiting = key.getState(state)?.find((other) => other.upload.id === upload.id)
    const node = nodesFor(state, upload, stored)
    const { tr } = state
    const step: Step = { remove: upload.id }
    tr.setMeta(key, step)
    if (waiting !== undefined && node !== null && editor.isEditable) {
      const place = insertPoint(tr.doc, Math.min(waiting.position, tr.doc.content.size), node.type)
      const at = place ?? tr.doc.content.size
      const before = instead === undefined ? null : tr.doc.resolve(at).nodeBefore
      if (instead !== undefined && before?.type === instead.type && before.attrs.src === instead.attrs.src)
        tr.replaceWith(at - before.nodeSize, at, node)
      else {
        tr.insert(at, node)
        step.behind = at + node.nodeSize
      }
      const { paragraph } = state.schema.nodes
      if (paragraph && tr.doc.lastChild?.type === node.type && node.type !== paragraph)
        tr.insert(tr.doc.content.size, paragraph.create())
    }
    this.forget(upload)
    editor.view.dispatch(asItIs(tr))
  }

  private drop(upload: Upload): void {
    this.aborts.get(upload)?.abort()
    this.forget(upload)
    if (this.editor.isDestroyed) return
    const { view } = this.editor
    const { tr } = view.state
    const all = key.getState(view.state) ?? []
    const place = all.find((one) => one.upload === upload)?.position
    const alone = all.filter(({ position }) => position === place).length === 1
    const mayJoin = alone && view.editable && !isSuggesting(this.editor)
    // A line that was parted for nothing is one again, unless somebody wrote there.
    if (mayJoin && place !== undefined && upload.parted && meeting(tr.doc, place) === upload.parted)
      tr.join(place)
    else tr.setMeta('addToHistory', false)
    view.dispatch(tr.setMeta(key, { remove: upload.id } satisfies Step))
    view.focus()
  }

  private forget(upload: Upload): void {
    this.aborts.delete(upload)
    if (upload.preview !== null) URL.revokeObjectURL(upload.preview)
  }

  end(): void {
    for (const [upload, abort] of this.aborts) {
      abort.abort()
      this.forget(upload)
    }
  }

  /**
   * Takes in what holds pictures that must be sent first: those written out in their address, and files
   * of other documents. They are taken out and sent; what else was pasted, or dropped at a place, is there
   * at once.
   */
  paste(view: EditorView, slice: Slice, dropped?: number): boolean {
    // As a whole it is none of ours then, and refused like everything that is more than words.
    if (isSuggesting(this.editor)) return false
    const source = (node: DocumentNode) => sourceOf(node.attrs.src, this.document, location.origin)
    const isSent = (node: DocumentNode) =>
      node.type.name === 'image' && ['data', 'other'].includes(source(node).kind)
    let some = false
    slice.content.descendants((node) => {
      some ||= isSent(node)
    })
    if (!some) return false
    const { tr, doc } = view.state
    if (dropped === undefined) tr.replaceSelection(slice)
    else {
      const place = dropPoint(doc, dropped, slice) ?? dropped
      tr.replaceRange(place, place, slice)
    }
    const taken = tr.steps.length
    const change = smallestChange(doc, tr.doc)
    const found: { node: DocumentNode; at: number }[] = []
    if (change !== null)
      tr.doc.nodesBetween(change.from, change.afterEnd, (node, at) => {
        if (isSent(node)) found.push({ node, at })
      })
    const waiting: { upload: Upload; at: number; after: number }[] = []
    const { paragraph } = view.state.schema.nodes
    for (const { node, at } of found) {
      const { alt, title, width, href } = node.attrs
      const from = source(node)
      if (from.kind !== 'data' && from.kind !== 'other') continue
      const upload = this.make(
        typeof alt === 'string' ? alt : '',
        null,
        async () => (await import('./brought')).fetched(from.address, from.kind === 'data'),
        { alt, title, width, href },
      )
      const place = tr.mapping.slice(taken).map(at)
      const $place = tr.doc.resolve(place)
      const alone = $place.parent.childCount === 1 && paragraph
      if (alone) tr.replaceWith(place, place + node.nodeSize, paragraph.create())
      else tr.delete(place, place + node.nodeSize)
      waiting.push({ upload, at: place, after: tr.steps.length })
    }
    if (dropped === undefined) tr.scrollIntoView().setMeta('paste', true).setMeta('uiEvent', 'paste')
    else tr.setMeta('uiEvent', 'drop')
    view.dispatch(tr)
    this.begin(
      waiting.map(({ upload, at, after }) => ({ upload, position: tr.mapping.slice(after).map(at, -1) })),
    )
    return true
  }
}
