// The keys of the home page: the palette, and the list of all shortcuts. Both are fetched when they are
// asked for.
import { useSignal } from '@preact/signals'
import { useEffect, useLayoutEffect } from 'preact/hooks'
import { presses } from '../parts/keys'
import { lazy } from '../parts/lazy'

const HomePalette = lazy(async () => (await import('../palette/home')).HomePalette, true)
const HelpDialog = lazy(async () => (await import('../help/helpdialog')).HelpDialog)

interface Props {
  onBlank: () => void
  onName: () => void
  onTemplate: () => void
}

const isTyping = (target: EventTarget | null): boolean =>
  target instanceof HTMLElement && target.matches('input, textarea, select, [contenteditable]')

export function HomeKeys(ways: Props) {
  const open = useSignal<'palette' | 'help' | null>(null)
  // With the page, not after it was painted: whoever sees it may press a key.
  useLayoutEffect(() => {
    const keys = (event: KeyboardEvent) => {
      const palette = presses(event, 'Mod-k') || presses(event, 'Mod-Shift-p')
      const help = presses(event, 'Mod-/') || (event.key === '?' && !isTyping(event.target))
      if (!palette && !help) return
      const wanted = palette ? 'palette' : 'help'
      // Another dialog is in front of the page.
      if (open.peek() === null && document.querySelector('dialog[open]') !== null) return
      event.preventDefault()
      open.value = open.peek() === wanted ? null : wanted
    }
    document.addEventListener('keydown', keys)
    return () => document.removeEventListener('keydown', keys)
  }, [])
  useEffect(() => {
    const timer = setTimeout(HomePalette.ahead, 1500)
    return () => clearTimeout(timer)
  }, [])
  const close = () => (open.value = null)
  return (
    <>
      {open.value === 'palette' && (
        <HomePalette {...ways} onHelp={() => (open.value = 'help')} onClose={close} />
      )}
      {open.value === 'help' && <HelpDialog onClose={close} />}
    </>
  )
}
