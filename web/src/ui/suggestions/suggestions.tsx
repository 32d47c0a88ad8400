// Brings the bar and the card of suggestions when there is one, or when somebody begins to suggest.
import { useDesk } from '../document/desk'
import { lazy } from '../parts/lazy'
import { suggestions } from './acts'

const Bar = lazy(async () => (await import('./entry')).SuggestionBar)
const Card = lazy(async () => (await import('./entry')).SuggestionCard)

export function Suggestions() {
  const desk = useDesk()
  desk.revision.value
  if (desk.past.value || desk.editor.value === null) return null
  const all = suggestions(desk)
  if (all.length === 0 && !desk.suggesting.value) return null
  return (
    <>
      <Bar all={all} />
      <Card all={all} />
    </>
  )
}
