// What others did to a document since this device last saw it.
import { compare, lifeOf, listVersions, NOW } from '../api/history'
import { othersIn } from './others'
import type { Seen } from './seen'

export interface Found {
  /** Names of the others who changed it, none where they are not known; null when nobody did. */
  others: string[] | null
  /** How far the server's clock is ahead of this device's. */
  skew: number
}

/** The server tells its time in seconds. */
const COARSE = 2000

export async function newsSince(name: string, seen: Seen, me: string): Promise<Found> {
  const { info, clock } = await lifeOf(name)
  const ahead = clock - Date.now()
  const skew = Math.abs(ahead) < COARSE ? 0 : ahead
  const isOlder = Date.parse(info.created) <= seen.at
  if (!isOlder || Date.parse(info.updated) <= seen.at) return { others: null, skew }
  const moment = new Date(seen.at).toISOString()
  const [comparison, { versions }] = await Promise.all([compare(name, moment, NOW), listVersions(name, null)])
  // A version tells of all who wrote since the one before: only those count that began later.
  const since = versions.filter((_version, at) => Date.parse(versions[at + 1]?.at ?? '') >= seen.at)
  const { names, unknown } = othersIn(comparison, since, [seen.name, me])
  return { others: names.length > 0 || unknown ? names : null, skew }
}
