// The people in this document. A click on somebody shows where they are, and offers to follow them; a
// click on yourself lets you choose your name and colour. Who is not at their page is pale.
import { useSignal } from '@preact/signals'
import { useEffect } from 'preact/hooks'
import { showCaret } from '../../editor/carets'
import { message } from '../../i18n/message'
import { initials } from '../../people/name'
import type { Person } from '../../people/presence'
import { Menu, MenuItem } from '../parts/menu'
import { tell } from '../parts/toast'
import { useDesk } from './desk'
import { follow } from './following'

/** So many have a face of their own; the rest are behind a number. */
const SHOWN = 4
const SHOWN_ON_PHONES = 1
const phone = matchMedia('(max-width: 700px)')

function goTo(person: Person): void {
  if (!showCaret(person.id)) {
    tell(message('avatars.noCaret', { name: person.name }))
    return
  }
  tell(message('following.offer', { name: person.name }), {
    label: message('following.start'),
    run: () => follow(person.id),
  })
}

const Face = ({ name, color }: { name: string; color: string }) => (
  <span class="avatar" style={{ background: color }} data-letters={initials(name)} />
)

const labelOf = (person: Person): string =>
  message(person.idle ? 'avatars.goTo.idle' : 'avatars.goTo', { name: person.name })

function classOf(person: Person): string {
  if (person.idle) return 'avatar-button idle'
  return person.writing ? 'avatar-button writing' : 'avatar-button'
}

function useShown(): number {
  const narrow = useSignal(phone.matches)
  useEffect(() => {
    const changed = () => {
      narrow.value = phone.matches
    }
    phone.addEventListener('change', changed)
    return () => phone.removeEventListener('change', changed)
  }, [])
  return narrow.value ? SHOWN_ON_PHONES : SHOWN
}

export function Avatars() {
  const { people, me: guise, dialog } = useDesk()
  const most = useShown()
  const others = people.value
  // A single person too many is shown, rather than a "+1" of the same width.
  const shown = others.length > most + 1 ? others.slice(0, most) : others
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
          class={classOf(person)}
          title={labelOf(person)}
          aria-label={labelOf(person)}
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
