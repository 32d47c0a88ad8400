// The bar that finds words in the text and replaces them. It lies over the upper corner of the text;
// Escape closes it and leaves the caret at the match one was at.
import { useSignal } from '@preact/signals'
import type { Editor } from '@tiptap/core'
import {
  CaseSensitive,
  ChevronDown,
  ChevronRight,
  ChevronUp,
  Regex,
  Replace,
  ReplaceAll,
  WholeWord,
  X,
} from 'lucide-preact'
import { useEffect, useLayoutEffect, useMemo, useRef } from 'preact/hooks'
import { lastStep } from '../../editor/laststep'
import { counted, LOCALE, message } from '../../i18n/message'
import { useDesk } from '../document/desk'
import { IconButton } from '../parts/button'
import { composes, presses } from '../parts/keys'
import { tell } from '../parts/toast'
import { Finder } from './finder'
import type { Question } from './question'
import { fetchAhead } from './trials'
import './find.css'

fetchAhead()

/** What was looked for last at this page: one looks for it again. */
let last: Question = { text: '', caseMatters: false, wholeWords: false, expression: false }
let lastReplacement = ''

/** What is selected within a line is what one wants to find. */
function selectedIn(editor: Editor): string {
  const { $from, $to, from, to } = editor.state.selection
  if (from === to || !$from.sameParent($to) || to - from > 200) return ''
  return editor.state.doc.textBetween(from, to)
}

export default function FindBar() {
  const { editor } = useDesk()
  return editor.value === null ? null : <Bar editor={editor.value} />
}

function Bar({ editor }: { editor: Editor }) {
  const desk = useDesk()
  const { finding, revision } = desk
  const finder = useMemo(() => new Finder(editor), [editor])
  const question = useSignal<Question>(last)
  const replacement = useSignal(lastReplacement)
  const field = useRef<HTMLInputElement>(null)

  const ask = (change: Partial<Question>) => {
    last = { ...question.peek(), ...change }
    question.value = last
    finder.ask(last)
  }
  /** Begins anew, with what is selected: the shortcut was pressed, perhaps once more. */
  const begin = () => {
    const selected = selectedIn(editor)
    ask(selected === '' ? {} : { text: selected, expression: false })
    const input = field.current
    if (input === null) return
    input.focus({ preventScroll: true })
    // Drawn later, it would be selected before it is there, and the next letter would be put behind it.
    input.value = last.text
    input.select()
  }

  useLayoutEffect(begin, [finding.value])
  useEffect(() => {
    const changed = () => finder.changed()
    const keys = (event: KeyboardEvent) => {
      const back = event.shiftKey
      const next = presses(event, 'Mod-g') || presses(event, 'F3')
      if (!next && !presses(event, 'Mod-Shift-g') && !presses(event, 'Shift-F3')) return
      event.preventDefault()
      finder.go(back ? -1 : 1)
    }
    editor.on('update', changed)
    document.addEventListener('keydown', keys)
    return () => {
      editor.off('update', changed)
      document.removeEventListener('keydown', keys)
      finder.close()
      if (!editor.isDestroyed) editor.view.focus()
    }
  }, [editor, finder])

  revision.value
  const replacing = finding.value?.replacing === true && editor.isEditable
  const { text, caseMatters, wholeWords, expression } = question.value
  const count = finder.count.value
  const trouble = finder.trouble.value
  const said =
    trouble === 'wrong'
      ? message('find.wrong')
      : count === null
        ? finder.trying.value
          ? '…'
          : ''
        : count === 0
          ? message('find.none')
          : message('find.count', {
              current: (finder.current.value + 1).toLocaleString(LOCALE),
              count: count.toLocaleString(LOCALE),
            })
  const bad = trouble === 'wrong' || (count === 0 && text !== '')
  const close = () => (finding.value = null)

  return (
    <search
      class="find"
      aria-label={message('find.label')}
      onKeyDown={(event) => {
        if (event.key !== 'Escape' || composes(event)) return
        event.preventDefault()
        event.stopPropagation()
        close()
      }}
    >
      {editor.isEditable && (
        <button
          type="button"
          class="icon-button find-more"
          aria-label={message('find.replace')}
          title={message('find.replace')}
          aria-expanded={replacing}
          onClick={() => (finding.value = { replacing: !replacing })}
        >
          {replacing ? <ChevronDown size={18} /> : <ChevronRight size={18} class="turns" />}
        </button>
      )}
      <div class="find-rows">
        <div class="find-row">
          <div class="find-field">
            <input
              ref={field}
              type="text"
              spellcheck={false}
              autocomplete="off"
              placeholder={message('find.text')}
              aria-label={message('find.text')}
              aria-invalid={trouble === 'wrong' || trouble === 'slow'}
              value={text}
              onInput={(event) => ask({ text: event.currentTarget.value })}
              onKeyDown={(event) => {
                if (event.key !== 'Enter' || composes(event)) return
                event.preventDefault()
                finder.go(event.shiftKey ? -1 : 1)
              }}
            />
            <span class={bad ? 'find-count bad' : 'find-count'} role="status">
              {said}
            </span>
          </div>
          <IconButton
            icon={CaseSensitive}
            label={message('find.case')}
            pressed={caseMatters}
            onPress={() => ask({ caseMatters: !caseMatters })}
          />
          <IconButton
            icon={WholeWord}
            label={message('find.words')}
            pressed={wholeWords}
            onPress={() => ask({ wholeWords: !wholeWords })}
          />
          <IconButton
            icon={Regex}
            label={message('find.expression')}
            pressed={expression}
            onPress={() => ask({ expression: !expression })}
          />
          <i class="separator" />
          <IconButton
            icon={ChevronUp}
            label={message('find.previous')}
            shortcut="Shift-F3"
            disabled={!count}
            onPress={() => finder.go(-1)}
          />
          <IconButton
            icon={ChevronDown}
            label={message('find.next')}
            shortcut="F3"
            disabled={!count}
            onPress={() => finder.go(1)}
          />
          <IconButton icon={X} label={message('find.close')} onPress={close} />
        </div>
        <p class="find-trouble" role="status">
          {trouble === 'slow' && message('find.slow')}
          {trouble === 'unfetched' && message('find.unfetched')}
        </p>
        {replacing && (
          <div class="find-row">
            <div class="find-field">
              <input
                type="text"
                spellcheck={false}
                autocomplete="off"
                placeholder={message('find.by')}
                aria-label={message('find.by')}
                value={replacement.value}
                onInput={(event) => {
                  lastReplacement = event.currentTarget.value
                  replacement.value = lastReplacement
                }}
                onKeyDown={(event) => {
                  if (event.key !== 'Enter' || composes(event)) return
                  event.preventDefault()
                  finder.replace(replacement.peek())
                }}
              />
            </div>
            <IconButton
              icon={Replace}
              label={message('find.replaceOne')}
              disabled={!count}
              onPress={() => finder.replace(replacement.peek())}
            />
            <IconButton
              icon={ReplaceAll}
              label={message('find.replaceAll')}
              disabled={!count}
              onPress={() =>
                finder.replaceAll(replacement.peek(), (replaced) => {
                  if (replaced === 0) return
                  const takeBack = lastStep(editor)
                  tell(counted('find.replaced', replaced), {
                    label: message('toolbar.undo'),
                    run: () => {
                      if (!takeBack()) tell(message('undo.late'))
                    },
                  })
                })
              }
            />
          </div>
        )}
      </div>
    </search>
  )
}
