// Where the cards in the margin stand: a pure decision over heights.
//
// Each card wants to be beside its words. Where two would lie upon each other the later one is pushed
// down, in the order of the text. The active card is beside its words; those before it make room
// upwards, as far as there is any.

export interface Wish {
  id: string
  /** Where its words begin. */
  at: number
  height: number
}

/** The top of each card, by id. */
export function placeCards(wishes: readonly Wish[], active: string | null, gap: number): Map<string, number> {
  const inOrder = wishes
    .map((wish, index) => ({ wish, index }))
    .sort((a, b) => a.wish.at - b.wish.at || a.index - b.index)
    .map(({ wish }) => wish)
  const tops = new Map<string, number>()
  const pivot = inOrder.findIndex((wish) => wish.id === active)
  let free = Number.NEGATIVE_INFINITY
  for (const wish of inOrder.slice(Math.max(0, pivot))) {
    const top = Math.max(wish.at, free)
    tops.set(wish.id, top)
    free = top + wish.height + gap
  }
  if (pivot <= 0) return tops
  // First down, as without an active one; then up, as far as the active one asks for it.
  free = Number.NEGATIVE_INFINITY
  const before = inOrder.slice(0, pivot)
  for (const wish of before) {
    const top = Math.max(wish.at, free)
    tops.set(wish.id, top)
    free = top + wish.height + gap
  }
  let limit = (inOrder[pivot] as Wish).at
  for (const wish of before.reverse()) {
    const top = Math.min(tops.get(wish.id) as number, limit - gap - wish.height)
    tops.set(wish.id, top)
    limit = top
  }
  // There is no room above the beginning.
  free = 0
  for (const wish of inOrder) {
    const top = Math.max(tops.get(wish.id) as number, free)
    tops.set(wish.id, top)
    free = top + wish.height + gap
  }
  return tops
}
