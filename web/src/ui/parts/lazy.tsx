// A part that is fetched when it is first shown, so that opening a page does not wait for what few
// people use at once. When it cannot be fetched, that is said; the page goes on without it.
import type { ComponentType, FunctionComponent } from 'preact'
import { useLayoutEffect, useState } from 'preact/hooks'
import { learnLater, message } from '../../i18n/message'
import { holdKeys } from './heldkeys'
import { tell } from './toast'

/** What a key opens is fetched ahead, so that nobody waits for it. */
export type Lazy<Props> = FunctionComponent<Props> & { ahead: () => void }

/**
 * Says what did not come. A browser does not fetch a module again that it could not fetch once, so what
 * helps is the page anew.
 */
export const offerReload = (said: string): void =>
  tell(said, { label: message('lazy.reload'), run: () => location.reload() })

export const tellUnfetched = (): void => offerReload(message('lazy.failed'))

/** Every part that may be shown, by how it is fetched: false when it did not come. */
const parts = new Set<() => Promise<boolean>>()

/**
 * Fetches one part after the other, so that all are there when the line is not; ends at the first that does
 * not come, since a browser would not fetch the others again either.
 */
export async function fetchParts(): Promise<void> {
  // What comes may bring parts of its own, which are met here as well.
  for (const fetchPart of parts) if (!(await fetchPart())) return
}

/** `typed`: it has a field that takes what is typed from the moment when it is asked for. */
export function lazy<Props extends object>(
  load: () => Promise<ComponentType<Props>>,
  typed = false,
): Lazy<Props> {
  let loaded: ComponentType<Props> | null = null
  const fetched = async () => {
    const [part] = await Promise.all([load(), learnLater()])
    loaded = part
  }
  parts.add(() =>
    fetched().then(
      () => true,
      () => false,
    ),
  )
  function Part(props: Props) {
    const [, draw] = useState(0)
    const Loaded = loaded
    useLayoutEffect(() => {
      // It may have come since this was drawn without it.
      if (Loaded !== null) return
      let shown = true
      const letGo = typed ? holdKeys() : () => undefined
      fetched().then(
        () => {
          if (shown) draw((count) => count + 1)
          // Also where it has nothing to take the focus with.
          setTimeout(letGo, 300)
        },
        () => {
          letGo()
          tellUnfetched()
        },
      )
      return () => {
        shown = false
        letGo()
      }
    }, [])
    return Loaded === null ? null : <Loaded {...props} />
  }
  // A part that does not come now is fetched when it is shown, and only then it is said.
  return Object.assign(Part, { ahead: () => void fetched().catch(() => undefined) })
}
