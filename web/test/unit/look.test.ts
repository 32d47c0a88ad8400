// How the page looks: only what is understood is taken from this device.
import { expect, test } from 'vitest'
import { PLAIN, readLook } from '../../src/ui/parts/look'

test('what was chosen is read', () => {
  const chosen = { width: 'wide', font: 'serif', size: 'large', spelling: false }
  expect(readLook(JSON.stringify(chosen))).toEqual(chosen)
})

test('what is not understood is as without a choice', () => {
  for (const stored of [null, '', '{', '7', 'null', '[]', '{"width":"huge","font":3}'])
    expect(readLook(stored), String(stored)).toEqual(PLAIN)
})
