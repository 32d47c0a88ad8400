// The slash menu: type "/" at the start of a word and pick a block. The menu never takes the focus;
// the caret stays in the text, and the keys that steer the menu are taken from there.
import { computePosition, flip, offset, shift, size } from '@floating-ui/dom'
import { Extension } from '@tiptap/core'
import { Suggestion, type SuggestionProps } from '@tiptap/suggestion'
import { render } from 'preact'
import { message } from '../i18n/message'
import { type Block, findBlocks } from './blocks'

type Props = SuggestionProps<Block, Block>

function Options({ props, chosen }: { props: Props; chosen: number }) {
  if (props.items.length === 0) return <p class="menu-none">{message('slash.none')}</p>
  return (
    <div role="listbox" aria-label={message('slash.label')}>
      {props.items.map((block, index) => (
        <div
          key={block.id}
          role="option"
          tabIndex={-1}
          aria-selected={index === chosen}
          class="menu-item"
          onMouseDown={(event) => {
            // The text must keep its selection, or there is no place to insert at.
            event.preventDefault()
            props.command(block)
          }}
        >
          <span class="menu-icon">
            <block.icon size={18} aria-hidden="true" />
          </span>
          <span class="menu-text">
            <b>{message(block.label)}</b>
            <small>{message(block.hint)}</small>
          </span>
          {block.markdown && <kbd>{block.markdown}</kbd>}
        </div>
      ))}
    </div>
  )
}

/** One open menu; it lives from "/" to the choice. */
class Menu {
  private readonly element = document.createElement('div')
  private chosen = 0

  constructor(private props: Props) {
    this.element.className = 'slash-menu menu'
    document.body.append(this.element)
    this.draw()
  }

  update(props: Props): void {
    this.props = props
    this.chosen = 0
    this.draw()
  }

  key(event: KeyboardEvent): boolean {
    const count = this.props.items.length
    if (count === 0) return false
    if (event.key === 'ArrowDown') this.chosen = (this.chosen + 1) % count
    else if (event.key === 'ArrowUp') this.chosen = (this.chosen + count - 1) % count
    else if (event.key === 'Enter' || event.key === 'Tab') {
      const block = this.props.items[this.chosen]
      if (block) this.props.command(block)
      return true
    } else return false
    this.draw()
    return true
  }

  remove(): void {
    render(null, this.element)
    this.element.remove()
  }

  private draw(): void {
    render(<Options props={this.props} chosen={this.chosen} />, this.element)
    this.element.querySelector('[aria-selected=true]')?.scrollIntoView({ block: 'nearest' })
    const anchor = { getBoundingClientRect: () => this.props.clientRect?.() ?? new DOMRect() }
    const middleware = [
      offset(6),
      flip({ padding: 8 }),
      shift({ padding: 8 }),
      size({
        padding: 12,
        apply: ({ availableHeight, elements }) => {
          elements.floating.style.maxHeight = `${Math.max(120, Math.min(380, availableHeight))}px`
        },
      }),
    ]
    void computePosition(anchor, this.element, {
      placement: 'bottom-start',
      strategy: 'fixed',
      middleware,
    }).then(({ x, y }) => {
      this.element.style.left = `${x}px`
      this.element.style.top = `${y}px`
    })
  }
}

export const SlashMenu = Extension.create({
  name: 'slashMenu',

  addProseMirrorPlugins() {
    let menu: Menu | null = null
    return [
      Suggestion<Block, Block>({
        editor: this.editor,
        char: '/',
        allow: ({ editor }) => editor.isEditable && !editor.isActive('codeBlock') && !editor.isActive('code'),
        items: ({ query }) => findBlocks(query, message),
        command: ({ editor, range, props: block }) =>
          block.apply(editor.chain().focus().deleteRange(range)).run(),
        render: () => ({
          onStart: (props) => {
            menu = new Menu(props)
          },
          onUpdate: (props) => menu?.update(props),
          onKeyDown: ({ event }) => menu?.key(event) ?? false,
          onExit: () => {
            menu?.remove()
            menu = null
          },
        }),
      }),
    ]
  },
})
