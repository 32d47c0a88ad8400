// Says whom this page follows, and lets one stop; a frame in their colour says it without words.
import { useEffect } from 'preact/hooks'
import { message } from '../../i18n/message'
import { useDesk } from './desk'
import { follow, followed, watchFollowing } from './following'

export function FollowBar() {
  const desk = useDesk()
  useEffect(() => watchFollowing(desk), [desk])
  const person = desk.people.value.find(({ id }) => id === followed.value)
  if (person === undefined) return null
  return (
    <div class="following" style={{ '--person': person.color }}>
      <span role="status">{message('following.whom', { name: person.name })}</span>
      <button type="button" onClick={() => follow(null)}>
        {message('following.stop')}
      </button>
    </div>
  )
}
