// The people in this document. A click on somebody shows where they are; a click on yourself lets
// you choose your name and colour.

import { showCaret } from '../../editor/carets'
import { message } from '../../i18n/message'
import { initials } from '../../people/name'
import type { Person } from '../../people/presence'
import { Menu, MenuItem } from '../parts/menu'
import { tell } from '../parts/toast'
import { useDesk } from './desk'

const SHOWN = 4

function goTo(person: Person): void {
  if (!showCaret(person.id)) tell(message('avatars.noCaret', { name: person.name }))
}

const Face = ({ name, color }: { name: string; color: string }) => (
  <span class="avatar" style={{ background: color }} data-letters={initials(name)} />
)

export function Avatars() {
  const { people, me: guise, dialog } = useDesk()
  const others = people.value
  // A single person too many is shown, rather than a "+1" of the same width.
  const shown = others.length > SHOWN + 1 ? others.slice(0, SHOWN) : others
  const rest = others.slice(shown.length)
  const me = guise.value
  return (
    <div class="avatars" role="group" aria-label={message('avatars.label')}>
      {rest.length > 0 && (
        <Menu
          label={message('avatars.more', { count: rest.length })}
          class="avatar-button"
          placement="bottom-end"
          face={<span class="avatar more" data-letters={`+${rest.length}`} />}
        >
          {rest.map((person) => (
            <MenuItem
              key={person.id}
              label={person.name}
              icon={<Face {...person} />}
              onChoose={() => goTo(person)}
            />
          ))}
        </Menu>
      )}
      {shown.map((person) => (
        <button
          key={person.id}
          type="button"
          class={person.writing ? 'avatar-button writing' : 'avatar-button'}
          title={message('avatars.goTo', { name: person.name })}
          aria-label={message('avatars.goTo', { name: person.name })}
          onMouseDown={(event) => event.preventDefault()}
          onClick={() => goTo(person)}
        >
          <Face {...person} />
        </button>
      ))}
      <button
        type="button"
        class="avatar-button me"
        title={message('avatars.me', { name: me.name })}
        aria-label={message('avatars.me', { name: me.name })}
        onClick={() => (dialog.value = 'identity')}
      >
        <Face {...me} />
      </button>
    </div>
  )
}
