import { describe, expect, test } from 'vitest'
import type { Version } from '../../src/api/history'
import { between, byDay, growth, merge, stopAt, stopsOf } from '../../src/history/timeline'

const MINUTE = 60_000
const START = Date.parse('2026-11-24T10:00:00Z')

const version = (id: number, time: number, more: Partial<Version> = {}): Version => ({
  id,
  name: null,
  at: new Date(time).toISOString(),
  bytes: 100 * id,
  authors: [],
  unnamed: 0,
  ...more,
})

describe('moments between two versions', () => {
  test('are even, and leave out both ends', () => {
    expect(between(0, 4000, 3)).toEqual([1000, 2000, 3000])
  })

  test('are of the work before the second, not of the rest before it', () => {
    const day = 24 * 60 * MINUTE
    const moments = between(0, day, 4)
    expect(moments).toHaveLength(4)
    expect(moments[0]).toBe(day - 8 * MINUTE)
    expect(moments.at(-1)).toBe(day - 2 * MINUTE)
  })

  test('are fewer where there is no room, and none between two that are at once', () => {
    expect(between(0, 600, 12)).toEqual([300])
    expect(between(0, 0, 12)).toEqual([])
    expect(between(5, 0, 12)).toEqual([])
  })
})

describe('the stops of a slider', () => {
  const versions = [version(2, START + 20 * MINUTE), version(1, START + 5 * MINUTE)]
  const life = {
    created: new Date(START).toISOString(),
    updated: new Date(START + 21 * MINUTE).toISOString(),
  }

  test('go from the beginning over the versions to now, in order', () => {
    const stops = stopsOf(versions, life)
    expect(stops[0]).toEqual({ time: START + 1, version: null, now: false })
    expect(stops.at(-1)).toEqual({ time: START + 21 * MINUTE, version: null, now: true })
    expect(stops.filter((stop) => stop.version).map((stop) => stop.version?.id)).toEqual([1, 2])
    const times = stops.map((stop) => stop.time)
    expect(times).toEqual([...times].sort((a, b) => a - b))
  })

  test('begin with the oldest version that is known, while there are older ones', () => {
    expect(stopsOf(versions, { ...life, created: null })[0]?.version?.id).toBe(1)
  })

  test('a version at the very beginning is told as the version', () => {
    const [first, second] = stopsOf([version(1, START)], { ...life, updated: life.created })
    expect(first?.version?.id).toBe(1)
    expect(second?.now).toBe(true)
  })

  test('stay few for a document of many versions', () => {
    const many = Array.from({ length: 500 }, (_, k) => version(500 - k, START + (500 - k) * 10 * MINUTE))
    expect(stopsOf(many, life).length).toBeLessThanOrEqual(600)
  })

  test('a document that nobody wrote in has no more than its present', () => {
    expect(stopsOf([], { created: life.created, updated: life.created })).toHaveLength(2)
  })

  test('a time is found at the stop before it', () => {
    const stops = stopsOf(versions, life)
    const second = stops.findIndex((stop) => stop.version?.id === 2)
    expect(stopAt(stops, START + 20 * MINUTE)).toBe(second)
    expect(stopAt(stops, START + 20 * MINUTE + 1)).toBe(second)
    expect(stopAt(stops, 0)).toBe(0)
    expect(stopAt(stops, Number.MAX_SAFE_INTEGER)).toBe(stops.length - 1)
  })
})

describe('the list', () => {
  test('is by days, which begin where the clock of the device says so', () => {
    const noon = new Date(2026, 10, 24, 12).getTime()
    const late = new Date(2026, 10, 24, 23, 59).getTime()
    const early = new Date(2026, 10, 25, 0, 1).getTime()
    const days = byDay([version(3, early), version(2, late), version(1, noon)])
    expect(days.map((day) => day.versions.map(({ id }) => id))).toEqual([[3], [2, 1]])
  })

  test('a newer page replaces what it tells anew, and keeps what is older', () => {
    const known = [version(3, 3), version(2, 2), version(1, 1)]
    const merged = merge(known, [version(4, 4), version(3, 3, { name: 'final' })])
    expect(merged.map(({ id, name }) => [id, name])).toEqual([
      [4, null],
      [3, 'final'],
      [2, null],
      [1, null],
    ])
  })

  // A branch that was kept again, with its old number, stayed where it was first, below those between.
  test('holds a branch that came again where it came last', () => {
    const branch = (id: number, time: number) => ({ ...version(0, time), id: `b${id}`, branch: true })
    const known = [branch(2, START + 2 * MINUTE), branch(1, START + MINUTE)]
    const merged = merge(known, [branch(1, START + 3 * MINUTE)])
    expect(merged.map(({ id }) => id)).toEqual(['b1', 'b2'])
  })

  test('holds branches by their time, and they are none of the moments', () => {
    const branch = (id: number, time: number) => ({ ...version(0, time), id: `b${id}`, branch: true })
    const known = [version(2, START + 4 * MINUTE), version(1, START)]
    const merged = merge(known, [branch(10, START + 9 * MINUTE), branch(9, START + MINUTE)])
    expect(merged.map(({ id }) => id)).toEqual(['b10', 2, 'b9', 1])
    const life = {
      created: new Date(START - MINUTE).toISOString(),
      updated: new Date(START + 5 * MINUTE).toISOString(),
    }
    const stops = stopsOf(merged, life).flatMap(({ version }) => version ?? [])
    expect(stops.map(({ id }) => id)).toEqual([1, 2])
    expect(growth(merged, merged[1] as Version)).toBe(100)
    expect(growth(merged, merged[0] as Version)).toBeNull()
  })

  test('growth is told of what is known, and never of a document that became smaller', () => {
    const versions = [version(3, 3, { bytes: 50 }), version(2, 2), version(1, 1)]
    const [third, second, first] = versions as [Version, Version, Version]
    expect(growth(versions, third)).toBeNull()
    expect(growth(versions, second)).toBe(100)
    expect(growth(versions, first)).toBeNull()
  })
})
