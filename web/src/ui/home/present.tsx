// Who is in a document now: faces of those who show a name, and how many others. Names and colours come
// from others and are parsed before they are shown.
import { counted, message } from '../../i18n/message'
import { listed } from '../../i18n/when'
import { initials, tidyName } from '../../people/name'
import { colourFor, isColour } from '../../people/palette'

interface Props {
  people: number
  present: readonly { name: string; color: string | null }[]
}

const SHOWN = 3

export function Present({ people, present }: Props) {
  if (people === 0) return null
  const known = present.flatMap(({ name, color }) => {
    const shown = tidyName(name)
    return shown === null ? [] : [{ name: shown, color: isColour(color) ? color : colourFor(shown) }]
  })
  const faces = known.slice(0, SHOWN)
  const rest = people - faces.length
  const names = faces.map(({ name }) => name)
  const all = rest > 0 && faces.length > 0 ? [...names, counted('count.more', rest)] : names
  const said =
    faces.length === 0 ? counted('count.people', people) : message('row.present', { names: listed(all) })
  return (
    <span class="row-people" title={said}>
      <span class="unseen">{said}</span>
      {faces.map(({ name, color }) => (
        <span
          key={`${name} ${color}`}
          class="avatar"
          style={{ background: color }}
          data-letters={initials(name)}
          aria-hidden="true"
        />
      ))}
      {rest > 0 && (
        <span class="avatar more" data-letters={faces.length === 0 ? rest : `+${rest}`} aria-hidden="true" />
      )}
    </span>
  )
}
