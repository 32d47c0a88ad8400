// Your name and colour, as others see them. The colours that others wear here are theirs, as long as
// there are free ones.
import { useSignal } from '@preact/signals'
import { message } from '../../i18n/message'
import { identity, introduce } from '../../people/identity'
import { initials } from '../../people/name'
import { PALETTE } from '../../people/palette'
import { Dialog } from '../parts/dialog'
import { useDesk } from './desk'

export function IdentityDialog({ onClose }: { onClose: () => void }) {
  const { people, me } = useDesk()
  const name = useSignal(me.value.name)
  const color = useSignal(me.value.color)
  const wearers = new Map(people.value.map((person) => [person.color.toLowerCase(), person.name]))
  const full = PALETTE.every((choice) => wearers.has(choice))
  const submit = (event: Event) => {
    event.preventDefault()
    // A colour one wears only because one's own was taken is not a choice.
    const chosen = color.peek() === me.peek().color ? identity.peek().color : color.peek()
    introduce(name.peek(), chosen)
    onClose()
  }
  return (
    <Dialog title={message('identity.title')} class="identity" onClose={onClose}>
      <form onSubmit={submit}>
        <div class="identity-preview">
          <span
            class="avatar large"
            style={{ background: color.value }}
            data-letters={initials(name.value)}
          />
          <label class="field">
            <span>{message('identity.name')}</span>
            <input
              type="text"
              required
              maxLength={40}
              autocomplete="nickname"
              value={name.value}
              onInput={(event) => (name.value = event.currentTarget.value)}
            />
          </label>
        </div>
        <fieldset class="colours">
          <legend>{message('identity.colour')}</legend>
          {PALETTE.map((choice, index) => {
            const wearer = choice === color.value || full ? undefined : wearers.get(choice)
            const number = message('identity.colourNumber', { number: index + 1 })
            const label = wearer ? message('identity.colourTaken', { colour: number, name: wearer }) : number
            return (
              <label key={choice} style={{ '--person': choice }} title={label}>
                <input
                  type="radio"
                  name="colour"
                  value={choice}
                  checked={choice === color.value}
                  disabled={wearer !== undefined}
                  aria-label={label}
                  onChange={() => (color.value = choice)}
                />
              </label>
            )
          })}
        </fieldset>
        <p class="hint">{message('identity.hint')}</p>
        <div class="dialog-actions">
          <button type="button" class="button" onClick={onClose}>
            {message('dialog.cancel')}
          </button>
          <button type="submit" class="button primary">
            {message('identity.submit')}
          </button>
        </div>
      </form>
    </Dialog>
  )
}
