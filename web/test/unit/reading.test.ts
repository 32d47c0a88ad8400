// The palette and the outline listed headings by the positions they had then: when somebody wrote in front
// of one, the way to it led into another line.
import { expect, it } from 'vitest'
import { foundAgain } from '../../src/ui/document/reading'

const heading = (text: string, position: number, level = 2) => ({ text, level, position })

it('a heading is found where it is now', () => {
  const now = [heading('Goals', 0), heading('Budget', 240), heading('Goals', 300)]
  expect(foundAgain(now, heading('Budget', 60))?.position).toBe(240)
  // Of two that read alike, the nearer one.
  expect(foundAgain(now, heading('Goals', 280))?.position).toBe(300)
  expect(foundAgain(now, heading('Goals', 60))?.position).toBe(0)
  expect(foundAgain(now, heading('Goals', 60, 3))).toBeNull()
  expect(foundAgain(now, heading('Costs', 60))).toBeNull()
})
