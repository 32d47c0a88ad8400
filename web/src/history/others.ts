// Who else changed a document since one was here: read from what the server tells of it.
import type { Comparison, Told, Version } from '../api/history'

export interface Others {
  names: string[]
  /** Something was changed by somebody whose name is not known. */
  unknown: boolean
}

/** What is one's own is left out; `mine` are the names one goes by. */
export function othersIn(comparison: Comparison, since: Version[], mine: string[]): Others {
  const names = new Set<string>()
  let unknown = false
  const visit = (told: Told) => {
    if (told.by !== undefined) {
      if (told.by.name === null) unknown = true
      else names.add(told.by.name)
    }
    told.content?.forEach(visit)
  }
  comparison.content.forEach(visit)
  const { added, removed, changed } = comparison.counts
  const any = [added, removed, changed].some(({ blocks, characters }) => blocks + characters > 0)
  // Who changed how something looks is noted of versions only.
  if (any)
    for (const { authors, unnamed } of since) {
      for (const name of authors ?? []) names.add(name)
      if (unnamed !== null && unnamed > 0) unknown = true
    }
  for (const name of mine) names.delete(name)
  return { names: any ? [...names].sort() : [], unknown: any && unknown }
}
