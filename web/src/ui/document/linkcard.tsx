// The link next to the caret: where it leads, and a field to add, change or remove it.
//
// Addresses are checked here and again in the schema (editor/link.ts); what may not be a link is
// said, not silently changed.
import { useSignal } from '@preact/signals'
import { type Editor, getMarkRange, posToDOMRect } from '@tiptap/core'
import { ExternalLink, Pencil, Unlink } from 'lucide-preact'
import { useId, useLayoutEffect, useRef } from 'preact/hooks'
import { isSafeLink, linkFrom, ownLink } from '../../editor/link'
import { message } from '../../i18n/message'
import { IconButton } from '../parts/button'
import { Floating } from '../parts/floating'
import { composes } from '../parts/keys'
import { lazy } from '../parts/lazy'
import { useDesk } from './desk'

const Preview = lazy(() => import('./preview').then((module) => module.Preview))

interface LinkPlace {
  from: number
  to: number
  address: string
}

/** The link the selection is in, or the plain selection. */
function placeAt(editor: Editor): LinkPlace {
  const { selection, schema } = editor.state
  const type = schema.marks.link
  const range = type ? getMarkRange(selection.$from, type) : undefined
  const address = editor.getAttributes('link').href
  return range && typeof address === 'string'
    ? { from: range.from, to: range.to, address }
    : { from: selection.from, to: selection.to, address: '' }
}

export function LinkCard() {
  const { editor: current, revision, linking } = useDesk()
  revision.value
  const editor = current.value
  if (editor === null || !editor.isEditable) return null
  const place = placeAt(editor)
  const resting = editor.isFocused && editor.state.selection.empty && place.address !== ''
  if (!linking.value && !resting) return null
  const anchor = {
    getBoundingClientRect: () => posToDOMRect(editor.view, place.from, place.to),
    contextElement: editor.view.dom,
  }
  return (
    <Floating anchor={anchor} placement="bottom-start" class="link-card">
      {linking.value ? (
        <LinkForm editor={editor} place={place} onDone={() => (linking.value = false)} />
      ) : (
        <LinkView editor={editor} place={place} onEdit={() => (linking.value = true)} />
      )}
    </Floating>
  )
}

function LinkView({ editor, place, onEdit }: { editor: Editor; place: LinkPlace; onEdit: () => void }) {
  const own = ownLink(place.address)
  const looked = own !== null && !place.address.startsWith('#')
  return (
    <>
      {looked && <Preview name={own.name} />}
      <div class="link-view">
        {isSafeLink(place.address) ? (
          <a
            href={place.address}
            {...(own ? {} : { target: '_blank', rel: 'noopener noreferrer' })}
            // The focus stays in the text: the card is there as long as it is, and the click needs the card.
            onMouseDown={(event) => event.preventDefault()}
          >
            <ExternalLink size={15} aria-hidden="true" />
            <span>{place.address}</span>
          </a>
        ) : (
          <span class="hint bad">{message('link.unsafe')}</span>
        )}
        <IconButton icon={Pencil} label={message('link.edit')} shortcut="Mod-k" onPress={onEdit} />
        <IconButton
          icon={Unlink}
          label={message('link.remove')}
          onPress={() => editor.chain().focus().extendMarkRange('link').unsetLink().run()}
        />
      </div>
    </>
  )
}

function LinkForm({ editor, place, onDone }: { editor: Editor; place: LinkPlace; onDone: () => void }) {
  const address = useSignal(place.address)
  const words = useSignal('')
  const wrong = useSignal(false)
  const field = useRef<HTMLInputElement>(null)
  const hint = useId()
  useLayoutEffect(() => {
    field.current?.focus({ preventScroll: true })
    field.current?.select()
  }, [])
  const needsWords = place.from === place.to

  const close = () => {
    onDone()
    editor.commands.focus()
  }
  const submit = (event: Event) => {
    event.preventDefault()
    // Who leaves an address as somebody else wrote it need not defend it.
    const left = address.peek() === place.address && isSafeLink(place.address) ? place.address : null
    const href = left ?? linkFrom(address.peek())
    if (href === null) {
      wrong.value = true
      field.current?.focus()
      return
    }
    onDone()
    const chain = editor.chain().focus()
    if (needsWords) {
      const text = words.peek().trim() || address.peek().trim()
      chain
        .insertContent({ type: 'text', text, marks: [{ type: 'link', attrs: { href } }] })
        .unsetMark('link')
        .run()
    } else chain.setTextSelection({ from: place.from, to: place.to }).setLink({ href }).run()
  }
  return (
    <form
      class="link-form"
      aria-label={message('mark.link')}
      onSubmit={submit}
      onKeyDown={(event) => {
        if (event.key !== 'Escape' || composes(event)) return
        event.stopPropagation()
        close()
      }}
      onFocusOut={(event) => {
        const next = event.relatedTarget
        if (next instanceof Element && !event.currentTarget.contains(next)) onDone()
      }}
    >
      <input
        ref={field}
        type="text"
        inputMode="url"
        spellcheck={false}
        autocomplete="off"
        placeholder={message('link.address')}
        aria-label={message('link.address')}
        aria-invalid={wrong.value}
        aria-describedby={wrong.value ? hint : undefined}
        value={address.value}
        onInput={(event) => {
          address.value = event.currentTarget.value
          wrong.value = false
        }}
      />
      {needsWords && (
        <input
          type="text"
          placeholder={message('link.words')}
          aria-label={message('link.words')}
          value={words.value}
          onInput={(event) => (words.value = event.currentTarget.value)}
        />
      )}
      {wrong.value && (
        <p id={hint} class="hint bad" role="alert">
          {message('link.refused')}
        </p>
      )}
      <div class="link-actions">
        {place.address !== '' && (
          <button
            type="button"
            class="button"
            onClick={() => {
              onDone()
              editor.chain().focus().extendMarkRange('link').unsetLink().run()
            }}
          >
            {message('link.remove')}
          </button>
        )}
        <button type="button" class="button" onClick={close}>
          {message('dialog.cancel')}
        </button>
        <button type="submit" class="button primary">
          {message('link.apply')}
        </button>
      </div>
    </form>
  )
}
