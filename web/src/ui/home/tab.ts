// Which part of the documents the page shows: what the address says, so that the way back works.

export const TABS = ['all', 'recent', 'pinned', 'trash'] as const
export type Tab = (typeof TABS)[number]

export interface Place {
  tab: Tab
  /** What is looked for. */
  query: string
}

/** What the query of an address says; what is not understood is all documents. */
export function placeOf(search: string): Place {
  const params = new URLSearchParams(search)
  const tab = TABS.find((known) => known === params.get('tab')) ?? 'all'
  return { tab, query: params.get('q')?.trim() ?? '' }
}

export function addressOf({ tab, query }: Place): string {
  const params = new URLSearchParams()
  if (tab !== 'all') params.set('tab', tab)
  if (query !== '') params.set('q', query)
  const search = params.toString()
  return search === '' ? '/' : `/?${search}`
}
