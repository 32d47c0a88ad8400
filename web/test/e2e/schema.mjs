// The editor's real schema, loaded from its source by Vite, and random documents in it: every node
// and mark that it has, nested as it allows. A seed makes the same documents again.
import { fileURLToPath } from 'node:url'
import { createServer } from 'vite'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))

/** `{ schema, y }`: the schema, and the binding between it and Yjs. */
export async function loadSchema() {
  const vite = await createServer({
    root: ROOT,
    configFile: false,
    logLevel: 'error',
    appType: 'custom',
    server: { middlewareMode: true, hmr: false, ws: false },
    optimizeDeps: { noDiscovery: true },
  })
  try {
    const { content } = await vite.ssrLoadModule('/src/editor/schema.ts')
    const { getSchema } = await import('@tiptap/core')
    return getSchema(content)
  } finally {
    await vite.close()
  }
}

/** Small, seeded, and good enough to choose with (mulberry32). */
export function chances(seed) {
  let state = seed >>> 0
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296
  }
  const below = (limit) => Math.floor(next() * limit)
  return { below, pick: (list) => list[below(list.length)], maybe: (odds) => next() < odds }
}

const WORDS = [
  'word',
  'Über',
  '👋🏽',
  'a*b*',
  '<b>',
  '&amp;',
  '"',
  '\\',
  '日本',
  '  ',
  'e\u0301',
  '$x$',
  '|',
  '\u00a0',
]
const FORMULAS = ['x^2', 'a < b & c', '\\frac{1}{2}', '', '$', 'a\nb']
const COLOURS = ['yellow', 'green', 'blue', 'pink', 'purple']

export class Writer {
  constructor(schema, seed) {
    this.schema = schema
    this.chance = chances(seed)
  }

  document() {
    const blocks = this.several(1, 6, () => this.block(0))
    const node = this.schema.node('doc', null, blocks)
    node.check()
    return node
  }

  several(least, most, make) {
    return Array.from({ length: least + this.chance.below(most - least + 1) }, make)
  }

  words() {
    return this.several(1, 4, () => this.chance.pick(WORDS)).join(this.chance.pick(['', ' ']))
  }

  marks() {
    const { schema, chance } = this
    const { marks } = schema
    if (chance.maybe(0.4)) return []
    let chosen = []
    for (const type of Object.values(marks)) {
      if (!chance.maybe(0.25)) continue
      let attrs = null
      if (type === marks.highlight) attrs = { color: chance.pick(COLOURS) }
      if (type === marks.insertion || type === marks.deletion)
        attrs = {
          id: chance.pick(['a1', 'b2']),
          by: chance.pick(['Ada', 'Grace "G" <Hopper>']),
          at: '2026-11-27T22:00:00.000Z',
          color: chance.pick(['#1a6fc4', null]),
        }
      if (type === marks.comment) attrs = { id: chance.pick(['c1', 'c2']) }
      if (type === marks.link)
        attrs = {
          href: chance.pick(['https://e.org/a?b=c&d', '/relative', 'mailto:a@e.org']),
          title: chance.pick([null, 'A "title"']),
        }
      chosen = type.create(attrs).addToSet(chosen)
    }
    return chosen
  }

  line() {
    const { schema, chance } = this
    const parts = this.several(0, 5, () => {
      if (chance.maybe(0.1)) return schema.nodes.hardBreak.create()
      if (chance.maybe(0.1)) return schema.nodes.inlineMath.create({ latex: chance.pick(FORMULAS) })
      return schema.text(this.words(), this.marks())
    })
    return parts
  }

  paragraph() {
    return this.schema.node('paragraph', null, this.line())
  }

  block(depth) {
    const { schema, chance } = this
    const deeper = () => this.several(1, 3, () => this.block(depth + 1))
    const items = (type, attrs = () => null) =>
      this.several(1, 3, () =>
        schema.node(type, attrs(), [this.paragraph(), ...(chance.maybe(0.4) ? [this.block(depth + 1)] : [])]),
      )
    const makers = [
      () => this.paragraph(),
      () => schema.node('heading', { level: 1 + chance.below(4) }, this.line()),
      () => schema.node('horizontalRule'),
      () => this.image(),
      () => schema.node('blockMath', { latex: chance.pick(FORMULAS) }),
      () => {
        const code = chance.pick(['', 'fn main() {\n\n}\n', '  indented', '```'])
        const language = chance.pick([null, 'rust', 'c++'])
        return schema.node('codeBlock', { language }, code === '' ? [] : [schema.text(code)])
      },
    ]
    if (depth < 3)
      makers.push(
        () => schema.node('blockquote', null, deeper()),
        () => schema.node('callout', { kind: chance.pick(['info', 'tip', 'warning', 'danger']) }, deeper()),
        () =>
          schema.node('details', null, [
            schema.node('detailsSummary', null, this.line()),
            schema.node('detailsContent', null, deeper()),
          ]),
        () => schema.node('bulletList', null, items('listItem')),
        () =>
          schema.node(
            'orderedList',
            { start: chance.below(20), type: chance.pick([null, 'a']) },
            items('listItem'),
          ),
        () =>
          schema.node(
            'taskList',
            null,
            items('taskItem', () => ({ checked: chance.maybe(0.5) })),
          ),
        () => this.table(deeper),
      )
    return chance.pick(makers)()
  }

  image() {
    const { schema, chance } = this
    return schema.node('image', {
      src: chance.pick([null, '/api/documents/a/files/b', 'https://e.org/a.png?b=c&d']),
      alt: chance.pick([null, 'A "picture" <b>']),
      title: chance.pick([null, 'A title']),
      width: chance.pick([null, 1, 640]),
      href: chance.pick([null, 'https://e.org/']),
    })
  }

  table(deeper) {
    const { schema, chance } = this
    const columns = 1 + chance.below(3)
    const rows = this.several(1, 3, () => {
      const cells = Array.from({ length: columns }, () =>
        schema.node(
          chance.pick(['tableCell', 'tableHeader']),
          {
            colspan: chance.pick([1, 1, 2]),
            rowspan: chance.pick([1, 1, 2]),
            colwidth: chance.pick([null, [120], [120, 80]]),
            align: chance.pick([null, 'left', 'right']),
          },
          deeper(),
        ),
      )
      return schema.node('tableRow', null, cells)
    })
    return schema.node('table', null, rows)
  }
}
