// A list that opens at the caret for a sign that is typed: "/" for blocks, ":" for emoji, "[[" for
// documents. It never takes the focus: the caret stays in the text, and the keys that steer the list are
// taken from there. Where nothing is found there is no list, and every key is the text's again.
import { type Editor, Extension, type Range } from '@tiptap/core'
import { PluginKey } from '@tiptap/pm/state'
import { Suggestion, type SuggestionProps } from '@tiptap/suggestion'
import { type ComponentChildren, render } from 'preact'
import type { MessageKey } from '../i18n/message'
import { message } from '../i18n/message'
import { standBeside } from '../nearby'
import { mayBeOpen } from './trigger'

export interface Suggested {
  id: string
  /** A heading is drawn where this changes. */
  group?: string
  picture: ComponentChildren
  label: string
  hint?: string
  /** What one would type instead. */
  sign?: string
  choose: (editor: Editor, range: Range) => void
}

interface Source {
  name: string
  sign: string
  label: MessageKey
  /** What may stand in front of the sign; the beginning of a line always may. */
  before: string[]
  /** The words behind the sign may be several: always, or those for which this says so. */
  spaces?: boolean | ((query: string) => boolean)
  /** Milliseconds of quiet before it is asked. */
  pause?: number
  class?: string
  find: (query: string, signal: AbortSignal | undefined, editor: Editor) => Suggested[] | Promise<Suggested[]>
  /** A key that chooses a suggestion of this id at once. */
  closing?: { key: string; id: (query: string) => string }
}

type Props = SuggestionProps<Suggested, Suggested>

const LIST = 'suggestions'
const optionId = (index: number): string => `${LIST}-${index}`

function Options({ props, chosen, label }: { props: Props; chosen: number; label: string }) {
  let group: string | undefined
  return (
    <div role="listbox" id={LIST} aria-label={label}>
      {props.items.map((item, index) => {
        const begins = item.group !== undefined && item.group !== group
        group = item.group
        return [
          begins && (
            <span key={`group ${item.group}`} class="menu-title" role="presentation">
              {item.group}
            </span>
          ),
          <div
            key={item.id}
            id={optionId(index)}
            role="option"
            tabIndex={-1}
            aria-selected={index === chosen}
            class="menu-item"
            onMouseDown={(event) => {
              // The text must keep its selection, or there is no place to insert at.
              event.preventDefault()
              props.command(item)
            }}
          >
            <span class="menu-icon">{item.picture}</span>
            <span class="menu-text">
              <b>{item.label}</b>
              {item.hint && <small>{item.hint}</small>}
            </span>
            {item.sign && <kbd>{item.sign}</kbd>}
          </div>,
        ]
      })}
    </div>
  )
}

/** One open list; it lives from the sign to the choice. */
class OpenList {
  private readonly element = document.createElement('div')
  private readonly stop: () => void
  private chosen = 0

  constructor(
    private readonly source: Source,
    private props: Props,
  ) {
    this.element.className = `suggestions menu ${source.class ?? ''}`
    document.body.append(this.element)
    const anchor = {
      getBoundingClientRect: () => this.props.clientRect?.() ?? new DOMRect(),
      contextElement: props.editor.view.dom,
    }
    this.draw()
    this.stop = standBeside(anchor, this.element, { placement: 'bottom-start', gap: 6, tallest: 380 })
    props.editor.on('update', this.looked)
  }

  /** What may not be written any more offers nothing to write. */
  private readonly looked = () => {
    if (!this.props.editor.isEditable) this.remove()
  }

  update(props: Props): void {
    // While it is asked, what was found before stays; only the place to insert at is new.
    const items = props.loading ? this.props.items : props.items
    if (items.map(({ id }) => id).join('\n') !== this.props.items.map(({ id }) => id).join('\n'))
      this.chosen = 0
    this.props = { ...props, items }
    this.draw()
  }

  key(event: KeyboardEvent): boolean {
    const { items, query } = this.props
    const { closing } = this.source
    if (event.key === closing?.key) {
      const meant = items.find(({ id }) => id === closing.id(query))
      if (meant !== undefined) this.props.command(meant)
      return meant !== undefined
    }
    const count = items.length
    if (count === 0 || event.isComposing) return false
    if (event.key === 'ArrowDown') this.chosen = (this.chosen + 1) % count
    else if (event.key === 'ArrowUp') this.chosen = (this.chosen + count - 1) % count
    else if ((event.key === 'Enter' || event.key === 'Tab') && !event.shiftKey) {
      const item = items[this.chosen]
      if (item) this.props.command(item)
      return true
    } else return false
    this.draw()
    return true
  }

  remove(): void {
    this.props.editor.off('update', this.looked)
    this.props = { ...this.props, items: [] }
    this.stop()
    this.announce(false)
    render(null, this.element)
    this.element.remove()
  }

  /** The text keeps the focus, so it is the text that says which one is chosen. */
  private announce(shown: boolean): void {
    const { dom } = this.props.editor.view
    if (shown) {
      dom.setAttribute('aria-controls', LIST)
      dom.setAttribute('aria-activedescendant', optionId(this.chosen))
    } else {
      dom.removeAttribute('aria-controls')
      dom.removeAttribute('aria-activedescendant')
    }
  }

  private draw(): void {
    const shown = this.props.items.length > 0
    this.element.hidden = !shown
    render(
      shown ? <Options props={this.props} chosen={this.chosen} label={message(this.source.label)} /> : null,
      this.element,
    )
    this.announce(shown)
    this.element.querySelector('[aria-selected=true]')?.scrollIntoView({ block: 'nearest' })
  }
}

interface State {
  active: boolean
  range: Range
}

export function suggestions(source: Source): Extension {
  const pluginKey = new PluginKey<State>(source.name)
  return Extension.create({
    name: source.name,

    addProseMirrorPlugins() {
      let list: OpenList | null = null
      return [
        Suggestion<Suggested, Suggested>({
          pluginKey,
          editor: this.editor,
          char: source.sign,
          allowSpaces: source.spaces !== undefined,
          allowedPrefixes: source.before,
          debounce: source.pause ?? 0,
          allow: ({ editor }) =>
            editor.isEditable && !editor.isActive('codeBlock') && !editor.isActive('code'),
          shouldShow: ({ editor, range, query, transaction }) => {
            if (typeof source.spaces === 'function' && query.includes(' ') && !source.spaces(query))
              return false
            const before = pluginKey.getState(editor.state)
            const open = before?.active ? before.range : null
            return mayBeOpen(transaction, { open, from: range.from, query, length: source.sign.length })
          },
          items: ({ query, signal, editor }) => source.find(query, signal, editor),
          command: ({ editor, range, props: item }) => {
            if (editor.isEditable) item.choose(editor, range)
          },
          render: () => ({
            onStart: (props) => {
              list = new OpenList(source, props)
            },
            onUpdate: (props) => list?.update(props),
            onKeyDown: ({ event }) => list?.key(event) ?? false,
            onExit: () => {
              list?.remove()
              list = null
            },
          }),
        }),
      ]
    },
  })
}
