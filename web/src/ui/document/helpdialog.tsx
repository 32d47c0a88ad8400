// Every shortcut and every Markdown sign, read from the same lists the toolbar uses.
import { BLOCKS } from '../../editor/blocks'
import { message } from '../../i18n/message'
import { Dialog } from '../parts/dialog'
import { keysOf } from '../parts/keys'
import { MARKS } from './marks'

const Keys = ({ shortcut }: { shortcut: string }) => (
  <span class="keys">
    {keysOf(shortcut).map((key) => (
      <kbd key={key}>{key}</kbd>
    ))}
  </span>
)

const GENERAL = [
  [message('toolbar.undo'), 'Mod-z'],
  [message('toolbar.redo'), 'Mod-Shift-z'],
  [message('mark.link'), 'Mod-k'],
  [message('mark.highlight'), 'Mod-Shift-h'],
  [message('help.lineBreak'), 'Shift-Enter'],
  [message('help.title'), 'Mod-/'],
] as const

const INLINE = [
  [message('mark.bold'), '**…**'],
  [message('mark.italic'), '_…_'],
  [message('mark.strike'), '~~…~~'],
  [message('mark.code'), '`…`'],
  [message('mark.highlight'), '==…=='],
  [message('mark.link'), '[…](https://…)'],
] as const

export function HelpDialog({ onClose }: { onClose: () => void }) {
  return (
    <Dialog title={message('help.title')} class="help" onClose={onClose}>
      <div class="help-columns">
        <section>
          <h3>{message('help.text')}</h3>
          <dl>
            {GENERAL.map(([label, shortcut]) => (
              <div key={label}>
                <dt>{label}</dt>
                <dd>
                  <Keys shortcut={shortcut} />
                </dd>
              </div>
            ))}
            {MARKS.map((mark) => (
              <div key={mark.name}>
                <dt>{message(mark.label)}</dt>
                <dd>
                  <Keys shortcut={mark.shortcut} />
                </dd>
              </div>
            ))}
          </dl>
        </section>
        <section>
          <h3>{message('help.blocks')}</h3>
          <dl>
            {BLOCKS.map((block) => (
              <div key={block.id}>
                <dt>{message(block.label)}</dt>
                <dd>
                  {block.shortcut && <Keys shortcut={block.shortcut} />}
                  {block.markdown && <code>{block.markdown}</code>}
                  {!block.shortcut && !block.markdown && <code>/{block.id}</code>}
                </dd>
              </div>
            ))}
          </dl>
        </section>
        <section>
          <h3>{message('help.markdown')}</h3>
          <dl>
            {INLINE.map(([label, sign]) => (
              <div key={label}>
                <dt>{label}</dt>
                <dd>
                  <code>{sign}</code>
                </dd>
              </div>
            ))}
          </dl>
          <p class="hint">{message('help.slash')}</p>
        </section>
      </div>
    </Dialog>
  )
}
