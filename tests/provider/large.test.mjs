import assert from 'node:assert/strict'
import { describe } from 'node:test'
import { agreed } from './person.mjs'
import { story } from './story.mjs'
import { until } from './until.mjs'

const MEBIBYTE = 1 << 20
const LIMIT = 90_000

/** Text in which no part looks like another. */
function prose(length) {
  let text = ''
  for (let line = 0; text.length < length; line += 1) text += `${line}: ${(line * 2654435761) % 4294967296}\n`
  return text.slice(0, length)
}

describe('a large document', { concurrency: true }, () => {
  story('of 5 MB, pasted at once, reaches those who are there and those who come', async ({ person }) => {
    const anna = await person('Anna')
    const ben = await person('Ben')
    const text = prose(5 * MEBIBYTE)
    anna.writes(text)
    await until('Ben has it', () => ben.text.length === text.length, LIMIT)
    const late = await person('Late')
    await agreed([anna, ben, late], LIMIT)
    assert.ok(late.reads() === text)
    assert.deepEqual([...anna.closes, ...ben.closes, ...late.closes], [])
  })

  story('of 5 MB in 5 000 edits without a pause loses none of them', async ({ server, person }) => {
    const anna = await person('Anna')
    const ben = await person('Ben')
    const line = prose(1024)
    for (let edit = 0; edit < 5_000; edit += 1) {
      anna.writes(line, Math.floor(Math.random() * anna.text.length))
    }
    await until('Ben has them', () => ben.text.length === anna.text.length, LIMIT)
    await anna.saved()
    await server.kill()
    await server.restart()
    const late = await person('Late')
    await until('the others are back', () => anna.provider.synced && ben.provider.synced)
    await agreed([anna, ben, late], LIMIT)
    assert.ok(late.reads() === anna.reads())
  })
})
