// The card of the selected picture: its words for those who cannot see it, its width, another file, or none.
import { useSignal } from '@preact/signals'
import type { Editor } from '@tiptap/core'
import { NodeSelection } from '@tiptap/pm/state'
import { FoldHorizontal, ImageUp, Maximize2, Trash2, UnfoldHorizontal } from 'lucide-preact'
import { useEffect, useId, useRef } from 'preact/hooks'
import { describing, NARROWEST } from '../../editor/image'
import { widthOf } from '../../editor/source'
import { message } from '../../i18n/message'
import { IconButton } from '../parts/button'
import { Floating } from '../parts/floating'
import { composes } from '../parts/keys'
import { useDesk } from './desk'
import { type Held, useHeld } from './held'

/** The card is fetched and drawn a moment after it was asked for. */
const PATIENCE = 2000

/** The selected picture, or null. */
function pictureAt(editor: Editor): { position: number; attrs: Record<string, unknown> } | null {
  const { selection } = editor.state
  return selection instanceof NodeSelection && selection.node.type.name === 'image'
    ? { position: selection.from, attrs: selection.node.attrs }
    : null
}

export function PictureCard() {
  const { editor: current, revision } = useDesk()
  revision.value
  const editor = current.value
  const picture = editor === null ? null : pictureAt(editor)
  const held = useHeld(editor, picture?.position ?? null)
  if (editor === null || picture === null || held === null || !editor.isEditable) return null
  const dom = editor.view.nodeDOM(picture.position)
  if (!(dom instanceof HTMLElement)) return null
  return (
    <Floating anchor={dom} placement="bottom" class="link-card picture-card">
      <Card key={held.key} editor={editor} place={held.place} attrs={picture.attrs} />
    </Floating>
  )
}

function Card({
  editor,
  place,
  attrs,
}: {
  editor: Editor
  place: Held['place']
  attrs: Record<string, unknown>
}) {
  const stored = typeof attrs.alt === 'string' ? attrs.alt : ''
  const words = useSignal(stored)
  const field = useRef<HTMLInputElement>(null)
  const hint = useId()
  const asked = describing.value
  useEffect(() => {
    // Asked for just now, perhaps before the card was there.
    if (performance.now() - asked < PATIENCE) field.current?.focus({ preventScroll: true })
  }, [asked])
  // What others write is shown, unless something is being written here.
  const shown = useRef(stored)
  useEffect(() => {
    if (words.peek() === shown.current) words.value = stored
    shown.current = stored
  }, [stored])

  /** Where the picture is, while it may be changed. */
  const position = (): number | null => {
    const at = editor.isDestroyed || !editor.isEditable ? null : place()
    return at !== null && editor.state.doc.nodeAt(at)?.type.name === 'image' ? at : null
  }
  const write = (values: Record<string, unknown>) =>
    editor.commands.command(({ tr }) => {
      const at = position()
      if (at === null) return false
      for (const [name, value] of Object.entries(values)) tr.setNodeAttribute(at, name, value)
      return true
    })
  /** A tenth of the line at a time; what is dragged goes by the pixel (editor/image.tsx). */
  const widen = (by: 1 | -1) => {
    const at = position()
    const figure = at === null ? null : editor.view.nodeDOM(at)
    const shown = figure instanceof HTMLElement ? figure.querySelector('img') : null
    const widest = figure?.parentElement?.clientWidth ?? 0
    if (shown === null || widest === 0) return
    const width = shown.getBoundingClientRect().width + (by * widest) / 10
    write({ width: widthOf(Math.max(NARROWEST, Math.min(widest, width))) })
  }
  const keep = () => {
    const written = words.peek()
    if (written !== shown.current) write({ alt: written.trim() || null })
  }
  return (
    <form
      class="picture-form"
      aria-label={message('image.label')}
      onSubmit={(event) => {
        event.preventDefault()
        keep()
        editor.commands.focus()
      }}
      onKeyDown={(event) => {
        if (event.key !== 'Escape' || composes(event)) return
        event.stopPropagation()
        words.value = stored
        editor.commands.focus()
      }}
    >
      <input
        ref={field}
        type="text"
        autocomplete="off"
        maxLength={2000}
        placeholder={message('image.alt')}
        aria-label={message('image.alt')}
        aria-describedby={hint}
        value={words.value}
        onInput={(event) => {
          words.value = event.currentTarget.value
        }}
        onBlur={keep}
      />
      <IconButton icon={FoldHorizontal} label={message('image.narrower')} onPress={() => widen(-1)} />
      <IconButton icon={UnfoldHorizontal} label={message('image.wider')} onPress={() => widen(1)} />
      {attrs.width !== null && attrs.width !== undefined && (
        <IconButton
          icon={Maximize2}
          label={message('image.natural')}
          onPress={() => write({ width: null })}
        />
      )}
      <IconButton
        icon={ImageUp}
        label={message('image.replace')}
        onPress={() => {
          const at = position()
          if (at !== null) editor.commands.replacePicture(at)
        }}
      />
      <IconButton
        icon={Trash2}
        label={message('image.delete')}
        onPress={() => {
          const at = position()
          if (at !== null) editor.chain().focus().setNodeSelection(at).deleteSelection().run()
        }}
      />
      <p class="hint" id={hint}>
        {message('image.alt.hint')}
      </p>
    </form>
  )
}
