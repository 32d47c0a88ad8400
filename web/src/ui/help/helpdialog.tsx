// Every shortcut and every Markdown sign, read from the same lists that the toolbar, the menus and the
// keyboard use; a field finds them by their names.
import { useSignal } from '@preact/signals'
import type { ComponentChildren } from 'preact'
import { BLOCKS } from '../../editor/blocks'
import { message } from '../../i18n/message'
import { COMMANDS } from '../document/commands'
import { MARKS } from '../document/marks'
import { DOWN, MENU, UP } from '../document/piecekeys'
import { plain } from '../palette/rank'
import { Dialog } from '../parts/dialog'
import { keysOf } from '../parts/keys'
import './help.css'

/** How one gets something: keys to press, or signs to type. */
interface Way {
  label: string
  shortcuts?: string[]
  signs?: string[]
}

interface Section {
  title: string
  ways: Way[]
}

const present = (...values: (string | undefined)[]): string[] => values.filter((one) => one !== undefined)

function sections(): Section[] {
  return [
    {
      title: message('help.page'),
      ways: COMMANDS.filter((command) => command.shortcut).map((command) => ({
        label: message(command.label),
        shortcuts: present(command.shortcut, command.also),
      })),
    },
    {
      title: message('help.text'),
      ways: [
        { label: message('toolbar.undo'), shortcuts: ['Mod-z'] },
        { label: message('toolbar.redo'), shortcuts: ['Mod-Shift-z'] },
        ...MARKS.map((mark) => ({ label: message(mark.label), shortcuts: [mark.shortcut] })),
        { label: message('mark.highlight'), shortcuts: ['Mod-Shift-h'] },
        { label: message('mark.link'), shortcuts: ['Mod-k'] },
        { label: message('help.lineBreak'), shortcuts: ['Shift-Enter'] },
        { label: message('help.plainPaste'), shortcuts: ['Mod-Shift-v'] },
      ],
    },
    {
      title: message('help.blocks'),
      ways: BLOCKS.map((block) => ({
        label: message(block.label),
        shortcuts: present(block.shortcut),
        signs: present(block.markdown ?? (block.shortcut ? undefined : `/${block.id}`)),
      })),
    },
    {
      title: message('help.markdown'),
      ways: [
        { label: message('mark.bold'), signs: ['**…**'] },
        { label: message('mark.italic'), signs: ['_…_'] },
        { label: message('mark.strike'), signs: ['~~…~~'] },
        { label: message('mark.code'), signs: ['`…`'] },
        { label: message('mark.highlight'), signs: ['==…=='] },
        { label: message('mark.link'), signs: ['[…](https://…)'] },
      ],
    },
    {
      title: message('help.moving'),
      ways: [
        { label: message('help.next'), shortcuts: ['Enter', 'F3'] },
        { label: message('help.previous'), shortcuts: ['Shift-Enter', 'Shift-F3'] },
        { label: message('help.indent'), shortcuts: ['Tab'] },
        { label: message('help.outdent'), shortcuts: ['Shift-Tab'] },
        { label: message('help.cell'), shortcuts: ['Tab'] },
        { label: message('help.pieceUp'), shortcuts: [UP] },
        { label: message('help.pieceDown'), shortcuts: [DOWN] },
        { label: message('help.piece'), shortcuts: [MENU] },
        { label: message('help.leave'), shortcuts: ['Escape'] },
      ],
    },
  ]
}

const Keys = ({ shortcut }: { shortcut: string }) => (
  <span class="keys">
    {keysOf(shortcut).map((key) => (
      <kbd key={key}>{key}</kbd>
    ))}
  </span>
)

const Row = ({ label, children }: { label: string; children: ComponentChildren }) => (
  <div>
    <dt>{label}</dt>
    <dd>{children}</dd>
  </div>
)

export function HelpDialog({ onClose }: { onClose: () => void }) {
  const typed = useSignal('')
  const wanted = plain(typed.value.trim())
  const shown = sections()
    .map(({ title, ways }) => ({ title, ways: ways.filter((way) => plain(way.label).includes(wanted)) }))
    .filter(({ ways }) => ways.length > 0)
  return (
    <Dialog title={message('help.title')} class="help" onClose={onClose}>
      <input
        type="text"
        class="help-find"
        placeholder={message('help.find')}
        aria-label={message('help.find')}
        autocomplete="off"
        spellcheck={false}
        value={typed.value}
        onInput={(event) => (typed.value = event.currentTarget.value)}
      />
      <div class="help-columns">
        {shown.map(({ title, ways }) => (
          <section key={title}>
            <h3>{title}</h3>
            <dl>
              {ways.map(({ label, shortcuts = [], signs = [] }) => (
                <Row key={label} label={label}>
                  {shortcuts.map((shortcut) => (
                    <Keys key={shortcut} shortcut={shortcut} />
                  ))}
                  {signs.map((sign) => (
                    <code key={sign}>{sign}</code>
                  ))}
                </Row>
              ))}
            </dl>
          </section>
        ))}
      </div>
      <p class="hint" role="status">
        {shown.length === 0 ? message('help.none') : message('help.slash')}
      </p>
    </Dialog>
  )
}
