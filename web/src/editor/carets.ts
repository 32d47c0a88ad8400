// The carets and selections of others.
//
// A name is drawn by CSS from `data-name` and hidden from assistive technology: it must never be
// found by a search in the page, copied, or read out in the middle of a sentence. It fades three
// seconds after the caret last moved. States that do not look like a caret are ignored before the
// binding sees them: a malformed one would break drawing for everybody.
import { Extension } from '@tiptap/core'
import type { Node } from '@tiptap/pm/model'
import { Plugin } from '@tiptap/pm/state'
import { Decoration, DecorationSet } from '@tiptap/pm/view'
import { yCursorPlugin } from '@tiptap/y-tiptap'
import type { Awareness } from 'y-protocols/awareness'
import { personOf } from '../people/presence'
import { hangLabels } from './label'

const LABEL_TIME = 3000

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null

/** Somebody else's state with a caret in it. */
function hasCaret(ownId: number, id: number, state: unknown): boolean {
  if (id === ownId || personOf(id, state) === null) return false
  const cursor = isObject(state) ? state.cursor : null
  return isObject(cursor) && isObject(cursor.anchor) && isObject(cursor.head)
}

const caretOf = (id: number): HTMLElement | null => document.querySelector(`.caret[data-client="${id}"]`)

/** Scrolls to somebody's caret and shows whose it is; false when they have none. */
export function showCaret(id: number): boolean {
  const caret = caretOf(id)
  if (caret === null) return false
  const still = matchMedia('(prefers-reduced-motion: reduce)').matches
  caret.scrollIntoView({ block: 'center', behavior: still ? 'auto' : 'smooth' })
  caret.classList.add('moving')
  setTimeout(() => caret.classList.remove('moving'), 2 * LABEL_TIME)
  return true
}

/** How much of the stage above and below a followed caret is to be seen, as a share of its height. */
const MARGIN = 0.2

/** Scrolls as little as it takes to keep somebody's caret in sight. */
export function keepInSight(id: number): void {
  const caret = caretOf(id)
  const stage = caret?.closest('.stage')
  if (caret === null || !stage) return
  const frame = stage.getBoundingClientRect()
  const at = caret.getBoundingClientRect()
  const margin = frame.height * MARGIN
  const above = frame.top + margin - at.top
  const below = at.bottom - (frame.bottom - margin)
  if (above > 0) stage.scrollBy({ top: -above })
  else if (below > 0) stage.scrollBy({ top: below })
}

export const Carets = Extension.create<{ awareness: Awareness | null }>({
  name: 'carets',

  addOptions() {
    return { awareness: null }
  },

  addProseMirrorPlugins() {
    const awareness = this.options.awareness
    if (awareness === null) return []

    // Who moved within the last three seconds. The elements may be drawn anew at any time, so the
    // truth is kept here and the class follows it.
    const moving = new Map<number, ReturnType<typeof setTimeout>>()
    const places = new Map<number, string>()
    const moved = (id: number) => {
      clearTimeout(moving.get(id))
      caretOf(id)?.classList.add('moving')
      moving.set(
        id,
        setTimeout(() => {
          moving.delete(id)
          caretOf(id)?.classList.remove('moving')
        }, LABEL_TIME),
      )
    }
    awareness.on(
      'change',
      ({ added, updated, removed }: Record<'added' | 'updated' | 'removed', number[]>) => {
        for (const id of [...added, ...updated]) {
          const place = JSON.stringify(awareness.getStates().get(id)?.cursor ?? null)
          if (place !== places.get(id) && place !== 'null') moved(id)
          places.set(id, place)
        }
        for (const id of removed) places.delete(id)
      },
    )

    const draw = (id: number): HTMLElement => {
      const person = personOf(id, awareness.getStates().get(id))
      const caret = document.createElement('span')
      caret.className = moving.has(id) ? 'caret moving' : 'caret'
      caret.dataset.client = String(id)
      caret.setAttribute('aria-hidden', 'true')
      caret.style.setProperty('--person', person?.color ?? 'gray')
      caret.dataset.name = person?.name ?? ''
      return caret
    }

    const plugin: Plugin<DecorationSet> = yCursorPlugin(awareness, {
      awarenessStateFilter: hasCaret,
      selectionBuilder: (user: unknown, id: number) => ({
        class: 'others-selection',
        style: `--person:${personOf(id, { user })?.color ?? 'gray'}`,
      }),
    })

    // The binding's caret elements are not editable, and browsers stop at such an element: → needs an
    // extra press to pass somebody's caret, and End does nothing behind one at the start of a line.
    // `raw` leaves them part of the line (and they hold no element, for browsers would put the own
    // caret into it), where letters stand beside them: in an empty block, behind a formula or a break,
    // what is typed would land inside the caret and be lost. They are drawn again here for that alone;
    // the key tells the two apart, because ProseMirror reuses the element of an equal key.
    const rawSets = new WeakMap<DecorationSet, DecorationSet>()
    const raw = (set: DecorationSet, doc: Node): DecorationSet => {
      const known = rawSets.get(set)
      if (known !== undefined) return known
      const redrawn = set.find().map((decoration) => {
        const key: unknown = decoration.spec.key
        if (typeof key !== 'string') return decoration
        const { nodeBefore, nodeAfter } = doc.resolve(decoration.from)
        const inLine = nodeBefore?.isText === true || nodeAfter?.isText === true
        return Decoration.widget(decoration.from, () => draw(Number(key)), {
          key: inLine ? `${key}-in-line` : key,
          side: 10,
          raw: inLine,
        })
      })
      const made = DecorationSet.create(doc, redrawn)
      rawSets.set(set, made)
      return made
    }
    plugin.props.decorations = (state) => {
      const set = plugin.getState(state)
      return set === undefined ? null : raw(set, state.doc)
    }
    // A caret moves by its owner's keys, and by everybody's words before it; once per frame is enough.
    const labels = new Plugin({
      view: () => {
        let frame = 0
        return {
          update(view, before) {
            if (frame !== 0 || plugin.getState(view.state) === plugin.getState(before)) return
            frame = requestAnimationFrame(() => {
              frame = 0
              hangLabels(view.dom)
            })
          },
          destroy: () => cancelAnimationFrame(frame),
        }
      },
    })
    return [plugin, labels]
  },
})
