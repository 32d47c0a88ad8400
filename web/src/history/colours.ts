// In which colour somebody's words are shown. Who is here now wears theirs; the others get the one that
// goes with their name, or the next that is free. The same name keeps its colour while the page lives.
import { colourFor, PALETTE } from '../people/palette'

/** Whose name is not known. */
export const NOBODY = '#5b6472'

interface Worn {
  name: string
  color: string
}

export class Colours {
  private readonly given = new Map<string, string>()

  /** `here` are those whose colour can be seen. */
  of(name: string | null, here: Worn[]): string {
    if (name === null) return NOBODY
    const seen = here.find((person) => person.name === name)
    if (seen !== undefined) return seen.color
    const known = this.given.get(name)
    const worn = new Set(here.map((person) => person.color.toLowerCase()))
    if (known !== undefined && !worn.has(known)) return known
    for (const [other, colour] of this.given) if (other !== name) worn.add(colour)
    const wish = colourFor(name)
    const at = (PALETTE as readonly string[]).indexOf(wish)
    const inTurn = [...PALETTE.slice(at), ...PALETTE.slice(0, at)]
    const colour = inTurn.find((one) => !worn.has(one)) ?? wish
    this.given.set(name, colour)
    return colour
  }
}
