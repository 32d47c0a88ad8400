// The page of one document: what stands where.
import type { Editor } from '@tiptap/core'
import { useEffect, useMemo, useRef } from 'preact/hooks'
import { fetchWay } from '../../editor/suggesting'
import { message } from '../../i18n/message'
import { fetchReckoning } from '../../nearby'
import { appear } from '../../people/guise'
import { identity } from '../../people/identity'
import { tellIdleness } from '../../people/idleness'
import { watchPresence } from '../../people/presence'
import { openSession } from '../../sync/session'
import { CommentsBeside } from '../comments/beside'
import { presses } from '../parts/keys'
import { fetchParts, lazy } from '../parts/lazy'
import { look } from '../parts/look'
import { Toasts } from '../parts/toast'
import { Suggestions } from '../suggestions/suggestions'
import { Announcer } from './announcer'
import { Banner } from './banner'
import { BlockCards } from './blockcards'
import { Bubble } from './bubble'
import { commandFor } from './commands'
import { DeskContext, makeDesk } from './desk'
import { useEditorIn } from './editorplace'
import { Footer } from './footer'
import { FormatBar } from './formatbar'
import { Header } from './header'
import { AHEAD_DIALOGS, OpenDialog } from './opendialog'
import { Outline } from './outline'
import { PrintedTitle } from './printedtitle'
import { OpenPanel } from './sidepanel'

// Fetched once the text stands: none of it is there at the first sight.
const EndingNotice = lazy(async () => (await import('./ending')).EndingNotice)
const EndingPage = lazy(async () => (await import('./ending')).EndingPage)
const FollowBar = lazy(async () => (await import('./followbar')).FollowBar)
const GateNotice = lazy(async () => (await import('./gatenotice')).GateNotice)
const LinkCard = lazy(async () => (await import('./linkcard')).LinkCard)
const Since = lazy(async () => (await import('./since')).Since)
const RescueNotice = lazy(async () => (await import('./rescuenotice')).RescueNotice)
const PastBar = lazy(async () => (await import('../history/entry')).PastBar)
const PastSheet = lazy(async () => (await import('../history/entry')).PastSheet)
/** So long after the text is there, what a key opens is fetched. */
const AHEAD = 200
/** And after so long all others: whoever is offline then has them still. */
const LATER = 4000

const FindBar = lazy(async () => (await import('../find/findbar')).default, true)
const Backlinks = lazy(() => import('./backlinks').then((module) => module.Backlinks))
const Handles = lazy(() => import('./handles').then((module) => module.Handles))

const HISTORY_KEYS = [
  ['Mod-z', 'undo'],
  ['Mod-Shift-z', 'redo'],
  ['Mod-y', 'redo'],
] as const

/** Something one writes in, which has a history of its own; the text has the shared one. */
const isField = (target: EventTarget | null): boolean =>
  target instanceof HTMLElement && (target.isContentEditable || /^(INPUT|TEXTAREA)$/.test(target.tagName))

/** There is something that can be a link, or is one. */
const wantsLink = (editor: Editor | null): boolean =>
  editor?.isFocused === true &&
  editor.isEditable &&
  !editor.isActive('codeBlock') &&
  (!editor.state.selection.empty || editor.isActive('link'))

export function DocumentPage({ name }: { name: string }) {
  const desk = useMemo(() => {
    const session = openSession(name)
    const { people } = watchPresence(session.awareness)
    return makeDesk(session, people, appear(session.awareness, people, identity).guise)
  }, [name])
  useEffect(() => tellIdleness(desk.session.awareness), [desk])
  const { session, editor, linking } = desk
  const sheet = useRef<HTMLDivElement>(null)

  const past = desk.past.value
  const ready = session.ready.value
  const ending = session.ending.value
  useEditorIn(sheet, desk)
  // There is a text, or there will be none: what is fetched from here on delays nobody.
  const closed = desk.gate.value
  const settled = editor.value !== null || ending !== null || closed !== null

  useEffect(() => {
    if (editor.value === null) return
    const timer = setTimeout(() => {
      for (const part of [FindBar, ...AHEAD_DIALOGS]) part.ahead()
      void fetchReckoning().catch(() => undefined)
      void fetchWay().catch(() => undefined)
    }, AHEAD)
    return () => clearTimeout(timer)
  }, [editor.value])

  // When the line was away, then once it is back.
  const away = session.away.value
  useEffect(() => {
    if (editor.value === null || away) return
    const timer = setTimeout(() => {
      if (!navigator.onLine) return
      void fetchParts()
        .then(async () => (await import('./ahead')).fetchRest())
        .catch(() => undefined)
    }, LATER)
    return () => clearTimeout(timer)
  }, [editor.value, away])

  useEffect(() => {
    const shortcut = (event: KeyboardEvent) => {
      // Outside of every field the browser would take back its own idea of what was typed last, in the text
      // and past the shared history.
      const step = HISTORY_KEYS.find(([keys]) => presses(event, keys))
      if (step !== undefined && !isField(event.target)) {
        event.preventDefault()
        if (!desk.past.peek() && editor.peek()?.isEditable) editor.peek()?.commands[step[1]]()
        return
      }
      // The same keys make a link of what is selected, and open the palette where nothing is.
      if (presses(event, 'Mod-k') && wantsLink(editor.peek())) linking.value = true
      else {
        const command = commandFor(event, desk)
        if (command === undefined) return
        command.run(desk)
      }
      event.preventDefault()
    }
    document.addEventListener('keydown', shortcut)
    return () => document.removeEventListener('keydown', shortcut)
  }, [desk])

  return (
    <DeskContext.Provider value={desk}>
      <div class={past ? 'app past' : 'app'}>
        <a class="skip" href="#text">
          {message('document.skip')}
        </a>
        <Header />
        {past ? <PastBar /> : <FormatBar />}
        <div class="notices">
          <Banner />
          {settled && (
            <>
              <EndingNotice />
              <FollowBar />
              {closed !== null && <GateNotice />}
              {session.loss.value !== null && <RescueNotice />}
              <Since />
              <Suggestions />
            </>
          )}
        </div>
        <div class="stage">
          <Outline />
          <main id="text" tabIndex={-1}>
            <PrintedTitle />
            {ending !== null && !ready ? (
              <EndingPage ending={ending} />
            ) : (
              <div class="sheet" ref={sheet} hidden={past} spellcheck={look.value.spelling}>
                {editor.value === null && !closed?.failed && <Waiting />}
                {editor.value !== null && !past && <Handles />}
              </div>
            )}
            {past && <PastSheet />}
            {editor.value !== null && !past && <Backlinks />}
          </main>
          {!past && <CommentsBeside />}
        </div>
        {desk.finding.value !== null && !past && <FindBar />}
        <OpenPanel />
        {!past && (
          <>
            <Bubble />
            {settled && <LinkCard />}
            {settled && <BlockCards />}
          </>
        )}
        <Footer />
        <OpenDialog />
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
