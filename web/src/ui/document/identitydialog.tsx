// Your name and colour, as others see them.
import { useSignal } from '@preact/signals'
import { message } from '../../i18n/message'
import { identity, introduce } from '../../people/identity'
import { initials } from '../../people/name'
import { PALETTE } from '../../people/palette'
import { Dialog } from '../parts/dialog'

export function IdentityDialog({ onClose }: { onClose: () => void }) {
  const name = useSignal(identity.value.name)
  const color = useSignal(identity.value.color)
  const submit = (event: Event) => {
    event.preventDefault()
    introduce(name.peek(), color.peek())
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
          {PALETTE.map((choice, index) => (
            <label key={choice} style={{ '--person': choice }}>
              <input
                type="radio"
                name="colour"
                value={choice}
                checked={choice === color.value}
                aria-label={message('identity.colourNumber', { number: index + 1 })}
                onChange={() => (color.value = choice)}
              />
            </label>
          ))}
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
