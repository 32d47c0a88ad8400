// The page of one document. It opens the session, waits until there is something true to show, and
// only then puts the editor in place.
import { useSignal } from '@preact/signals'
import type { Editor } from '@tiptap/core'
import { useEffect, useMemo, useRef } from 'preact/hooks'
import { justMade } from '../../arrival'
import { createEditor } from '../../editor/editor'
import { foreignNodes, watchForeign } from '../../editor/foreign'
import { readCaret } from '../../editor/readcaret'
import { isKnown } from '../../editor/schema'
import { message } from '../../i18n/message'
import { appear } from '../../people/guise'
import { identity } from '../../people/identity'
import { watchPresence } from '../../people/presence'
import { CONTENT, openSession } from '../../sync/session'
import { isMod } from '../parts/keys'
import { Toasts } from '../parts/toast'
import { Announcer } from './announcer'
import { Banner } from './banner'
import { Bubble } from './bubble'
import { DeskContext, followEditor, makeDesk } from './desk'
import { EndingNotice, EndingPage } from './ending'
import { Footer } from './footer'
import { FormatBar } from './formatbar'
import { Header } from './header'
import { HelpDialog } from './helpdialog'
import { IdentityDialog } from './identitydialog'
import { LinkCard } from './linkcard'
import { Outline } from './outline'
import { TableControls } from './tablecontrols'

/**
 * A text that is still to be written takes the caret, so that one can type at once. Not where a caret
 * brings up a keyboard nobody asked for, unless they asked for this document; never from elsewhere.
 */
function offerCaret(editor: Editor, made: boolean): void {
  const handy = matchMedia('(hover: hover) and (pointer: fine)').matches
  const free = document.activeElement === document.body
  if (editor.isEmpty && free && (handy || made)) editor.view.focus()
}

export function DocumentPage({ name }: { name: string }) {
  const desk = useMemo(() => {
    const session = openSession(name)
    const { people } = watchPresence(session.awareness)
    return makeDesk(session, people, appear(session.awareness, people, identity).guise)
  }, [name])
  const made = useMemo(() => justMade(name), [name])
  const { session, editor, linking, dialog } = desk
  const sheet = useRef<HTMLDivElement>(null)
  const foreign = useSignal<string[]>([])

  const ready = session.ready.value
  const ending = session.ending.value
  useEffect(() => {
    if (!ready || sheet.current === null || editor.peek() !== null) return
    const fragment = session.doc.getXmlFragment(CONTENT)
    const unknown = foreignNodes(fragment, isKnown)
    if (unknown.length > 0) {
      foreign.value = unknown
      return
    }
    watchForeign(fragment, isKnown, (names) => {
      foreign.value = names
      editor.peek()?.destroy()
      editor.value = null
    })
    const created = createEditor(sheet.current, { fragment, awareness: session.awareness })
    followEditor(created, desk.revision)
    session.beforeRemote.add(() => readCaret(created.view))
    editor.value = created
    offerCaret(created, made)
  }, [ready, desk])

  useEffect(() => {
    if (ending !== null) editor.peek()?.setEditable(false)
  }, [ending])

  useEffect(() => {
    const shortcut = (event: KeyboardEvent) => {
      if (!isMod(event)) return
      if (event.key === '/') dialog.value = dialog.peek() === 'help' ? null : 'help'
      else if (event.key.toLowerCase() === 'k' && !event.shiftKey && editor.peek()?.isFocused)
        linking.value = true
      else return
      event.preventDefault()
    }
    document.addEventListener('keydown', shortcut)
    return () => document.removeEventListener('keydown', shortcut)
  }, [desk])

  return (
    <DeskContext.Provider value={desk}>
      <div class="app">
        <a class="skip" href="#text">
          {message('document.skip')}
        </a>
        <Header />
        <FormatBar />
        <div class="notices">
          <Banner />
          <EndingNotice />
          {foreign.value.length > 0 && (
            <div class="banner bad" role="alert">
              {message('document.foreign', { nodes: foreign.value.join(', ') })}
            </div>
          )}
        </div>
        <div class="stage">
          <Outline />
          <main id="text" tabIndex={-1}>
            {ending !== null && !ready ? (
              <EndingPage ending={ending} />
            ) : (
              <div class="sheet" ref={sheet}>
                {editor.value === null && foreign.value.length === 0 && <Waiting />}
              </div>
            )}
          </main>
        </div>
        <Bubble />
        <LinkCard />
        <TableControls />
        <Footer />
        {dialog.value === 'help' && <HelpDialog onClose={() => (dialog.value = null)} />}
        {dialog.value === 'identity' && <IdentityDialog onClose={() => (dialog.value = null)} />}
        <Announcer />
        <Toasts />
      </div>
    </DeskContext.Provider>
  )
}

function Waiting() {
  return (
    <div class="waiting" role="status" aria-busy="true" aria-label={message('save.opening')}>
      <span class="bone title" />
      <span class="bone" />
      <span class="bone" />
      <span class="bone short" />
    </div>
  )
}
