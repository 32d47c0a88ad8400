// The bubble next to a selection of text. It waits until the mouse is let go, and stays away from
// touch screens, where the system's own menu appears at the same place.

import { useSignal } from '@preact/signals'
import { posToDOMRect } from '@tiptap/core'
import { TextSelection } from '@tiptap/pm/state'
import { useEffect } from 'preact/hooks'
import { message } from '../../i18n/message'
import { CommentAction } from '../comments/action'
import { Floating } from '../parts/floating'
import { Toolbar } from '../parts/toolbar'
import { useDesk } from './desk'
import { MarkButtons } from './marks'

export const touch = matchMedia('(pointer: coarse)')

export function Bubble() {
  const { editor: current, revision, linking } = useDesk()
  const dragging = useSignal(false)
  const dismissed = useSignal<string | null>(null)
  useEffect(() => {
    const down = (event: PointerEvent) => {
      dragging.value = event.target instanceof Element && event.target.closest('.text') !== null
    }
    const up = () => {
      dragging.value = false
    }
    document.addEventListener('pointerdown', down)
    document.addEventListener('pointerup', up)
    document.addEventListener('pointercancel', up)
    return () => {
      document.removeEventListener('pointerdown', down)
      document.removeEventListener('pointerup', up)
      document.removeEventListener('pointercancel', up)
    }
  }, [])
  useEffect(() => {
    const dismiss = (event: KeyboardEvent) => {
      const selection = current.peek()?.state.selection
      if (event.key === 'Escape' && selection) dismissed.value = `${selection.from}-${selection.to}`
    }
    document.addEventListener('keydown', dismiss)
    return () => document.removeEventListener('keydown', dismiss)
  }, [])

  revision.value
  const editor = current.value
  if (editor === null || !editor.isEditable || touch.matches || dragging.value || linking.value) return null
  const { selection, doc } = editor.state
  const { from, to } = selection
  const focused = editor.isFocused || document.activeElement?.closest('.bubble') != null
  const text = selection instanceof TextSelection && doc.textBetween(from, to, ' ').trim() !== ''
  if (!focused || !text || editor.isActive('codeBlock') || dismissed.value === `${from}-${to}`) return null
  const anchor = {
    getBoundingClientRect: () => posToDOMRect(editor.view, from, to),
    contextElement: editor.view.dom,
  }
  return (
    <Floating anchor={anchor} placement="top" class="bubble">
      <Toolbar label={message('bubble.label')} class="bubble-bar">
        <MarkButtons editor={editor} />
        <CommentAction />
      </Toolbar>
    </Floating>
  )
}
