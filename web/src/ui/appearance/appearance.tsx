// How the page looks to oneself: colours, the text, and the language. A choice is there at once and kept
// on this device; there is nothing to confirm.
import { useSignal } from '@preact/signals'
import { chooseLanguage, LANGUAGES, language } from '../../i18n/language'
import type { MessageKey } from '../../i18n/message'
import { message } from '../../i18n/message'
import { useDesk } from '../document/desk'
import { Dialog } from '../parts/dialog'
import { choose, FONTS, look, SIZES, WIDTHS } from '../parts/look'
import { chooseTheme, chosenTheme, type Theme } from '../parts/theme'
import './appearance.css'

interface ChoiceProps<T extends string> {
  name: string
  label: string
  values: readonly T[]
  value: T
  say: (value: T) => MessageKey
  onChoose: (value: T) => void
}

/** A few values beside each other, of which one is chosen. */
function Choice<T extends string>({ name, label, values, value, say, onChoose }: ChoiceProps<T>) {
  return (
    <fieldset class="choice">
      <legend>{label}</legend>
      <div class="choice-row">
        {values.map((one) => (
          <label key={one} data-value={`${name}-${one}`}>
            <input
              type="radio"
              name={name}
              value={one}
              checked={one === value}
              onChange={() => onChoose(one)}
            />
            <span>{message(say(one))}</span>
          </label>
        ))}
      </div>
    </fieldset>
  )
}

const THEMES = ['system', 'light', 'dark'] as const

export function Appearance({ onClose }: { onClose: () => void }) {
  const { session } = useDesk()
  const { width, font, size, spelling } = look.value
  const chosen = useSignal(language.tag)
  const later = useSignal(false)
  const speak = (tag: string) => {
    chooseLanguage(tag)
    chosen.value = tag
    // A page is not to be had without the line: this one would be gone.
    later.value = session.away.peek()
    if (!later.peek()) location.reload()
  }
  return (
    <Dialog title={message('appearance.title')} class="appearance" onClose={onClose}>
      <form onSubmit={(event) => event.preventDefault()}>
        <Choice
          name="theme"
          label={message('appearance.theme')}
          values={THEMES}
          value={chosenTheme.value ?? 'system'}
          say={(one) => `appearance.theme.${one}`}
          onChoose={(one: Theme | 'system') => chooseTheme(one === 'system' ? null : one)}
        />
        <Choice
          name="width"
          label={message('appearance.width')}
          values={WIDTHS}
          value={width}
          say={(one) => `appearance.width.${one}`}
          onChoose={(one) => choose({ width: one })}
        />
        <Choice
          name="font"
          label={message('appearance.font')}
          values={FONTS}
          value={font}
          say={(one) => `appearance.font.${one}`}
          onChoose={(one) => choose({ font: one })}
        />
        <Choice
          name="size"
          label={message('appearance.size')}
          values={SIZES}
          value={size}
          say={(one) => `appearance.size.${one}`}
          onChoose={(one) => choose({ size: one })}
        />
        <label class="appearance-switch">
          <input
            type="checkbox"
            checked={spelling}
            onChange={(event) => choose({ spelling: event.currentTarget.checked })}
          />
          <span>{message('appearance.spelling')}</span>
        </label>
        {LANGUAGES.length > 1 && (
          <label class="appearance-language">
            <span>{message('appearance.language')}</span>
            <select value={chosen.value} onChange={(event) => speak(event.currentTarget.value)}>
              {LANGUAGES.map(({ tag, name }) => (
                <option key={tag} value={tag} lang={tag}>
                  {name}
                </option>
              ))}
            </select>
          </label>
        )}
        <p class="hint" role="status">
          {later.value && message('appearance.language.later')}
        </p>
      </form>
      <p class="hint">{message('appearance.hint')}</p>
    </Dialog>
  )
}
