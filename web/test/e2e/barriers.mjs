// What axe finds against WCAG 2.2 AA in somebody's page, as lines; none is what is wanted.
import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'

const TAGS = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa']

let axe

export async function barriers(person) {
  axe ??= await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')
  // Straight into the engine: the page's policy forbids script elements, and should.
  await person.page.evaluate(axe)
  const result = await person.page.evaluate(
    (values) => window.axe.run({ preload: false, runOnly: { type: 'tag', values } }),
    TAGS,
  )
  return result.violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.html).join(' ')}`)
}
