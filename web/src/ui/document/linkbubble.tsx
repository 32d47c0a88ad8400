// The bubble at a link under the mouse: what an own document is about, of every other link the host it
// leads to. It waits a moment, and is away where the card of the same link is shown.
import { useSignal } from '@preact/signals'
import type { Editor } from '@tiptap/core'
import { useEffect } from 'preact/hooks'
import { isSafeLink, ownLink } from '../../editor/link'
import { message } from '../../i18n/message'
import { Floating } from '../parts/floating'
import { Preview } from './preview'

const PATIENCE = 350

/** Where a foreign link leads, in a few letters: its host, or the address of a mail. */
function leadsTo(address: string): string | null {
  try {
    const url = new URL(address, location.href)
    return url.protocol === 'mailto:' ? url.pathname : url.host
  } catch {
    return null
  }
}

export function LinkBubble({ editor }: { editor: Editor }) {
  const link = useSignal<HTMLAnchorElement | null>(null)

  useEffect(() => {
    const { dom } = editor.view
    let timer: ReturnType<typeof setTimeout> | undefined
    const away = () => {
      clearTimeout(timer)
      link.value = null
    }
    const over = (event: PointerEvent) => {
      const under = event.target instanceof Element ? event.target.closest('a') : null
      if (event.pointerType !== 'mouse' || under === link.peek()) return
      away()
      if (under === null) return
      timer = setTimeout(() => {
        if (under.isConnected && document.querySelector('.link-card') === null) link.value = under
      }, PATIENCE)
    }
    dom.addEventListener('pointerover', over)
    dom.addEventListener('pointerleave', away)
    dom.addEventListener('pointerdown', away)
    dom.addEventListener('keydown', away)
    editor.on('update', away)
    return () => {
      away()
      dom.removeEventListener('pointerover', over)
      dom.removeEventListener('pointerleave', away)
      dom.removeEventListener('pointerdown', away)
      dom.removeEventListener('keydown', away)
      editor.off('update', away)
    }
  }, [editor])

  const shown = link.value
  const address = shown?.getAttribute('href') ?? ''
  if (shown === null || !isSafeLink(address)) return null
  const own = ownLink(address)
  const host = own === null ? leadsTo(address) : null
  if (own === null && host === null) return null
  // A place in this document needs no looking into.
  if (address.startsWith('#')) return null
  return (
    <Floating anchor={shown} placement="bottom-start" gap={6} class="link-bubble">
      {own === null ? (
        <p class="host">{message('preview.host', { host: host ?? '' })}</p>
      ) : (
        <Preview name={own.name} />
      )}
    </Floating>
  )
}
