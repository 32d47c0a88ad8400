// Message 102, byte by byte: the server's half of it is written in another language.
import * as decoding from 'lib0/decoding'
import { expect, it } from 'vitest'
import { BARRIER, decodeBarrier, encodeBarrier } from '../../src/sync/barrier'

it('is the type, the length of its body, and a token', () => {
  expect([...encodeBarrier(1)]).toEqual([102, 1, 1])
  expect([...encodeBarrier(300)]).toEqual([102, 2, 0xac, 0x02])
})

it('comes back as it left', () => {
  for (const token of [1, 127, 128, 2 ** 40]) {
    const decoder = decoding.createDecoder(encodeBarrier(token))
    expect(decoding.readVarUint(decoder)).toBe(BARRIER)
    expect(decodeBarrier(decoder)).toBe(token)
    expect(decoding.hasContent(decoder)).toBe(false)
  }
})
