import { expect, it } from 'vitest'
import { size, when } from '../../src/i18n/when'

const now = Date.parse('2026-05-10T12:00:00Z')

it.each([
  ['2026-05-10T11:59:50Z', 'just now'],
  ['2026-05-10T12:00:30Z', 'just now'],
  ['2026-05-10T11:55:00Z', '5 minutes ago'],
  ['2026-05-10T09:00:00Z', '3 hours ago'],
  ['2026-05-09T12:00:00Z', 'yesterday'],
  ['2026-01-02T12:00:00Z', 'Jan 2, 2026'],
  ['nonsense', ''],
])('%s is %s', (time, said) => expect(when(time, now)).toBe(said))

it.each([
  [0, '0 bytes'],
  [1, '1 byte'],
  [999, '999 bytes'],
  [1234, '1.2 kB'],
  [56_789, '57 kB'],
  [3_400_000, '3.4 MB'],
])('%d bytes are %s', (bytes, said) => expect(size(bytes)).toBe(said))
