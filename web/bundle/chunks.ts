// Which modules come together. A page waits for one chunk and not for many; and no chunk needs one that
// needs it: of two that do, one begins with what the other has not made yet.
import { fileURLToPath } from 'node:url'

interface Graph {
  getModuleInfo: (id: string) => { importedIds: string[] } | null
}

interface Chunk {
  type: 'chunk'
  fileName: string
  imports: string[]
}

/** A module, and all that comes with it. */
function withImports(graph: Graph, start: string): Set<string> {
  const found = new Set<string>()
  const open = [start]
  for (let id = open.pop(); id !== undefined; id = open.pop()) {
    if (found.has(id)) continue
    found.add(id)
    open.push(...(graph.getModuleInfo(id)?.importedIds ?? []))
  }
  return found
}

const source = (path: string): string => fileURLToPath(new URL(`../src/${path}`, import.meta.url))

/**
 * All that the page of a document waits for is one chunk, also what its later parts need, too: each chunk
 * is a request, and packed alone. What the list of documents waits for stays out of it: that needs nothing
 * of the chunk, so neither waits for the other.
 */
export function documentChunk() {
  let sets: { page: Set<string>; others: Set<string>[] } | undefined
  return (id: string, graph: Graph): string | null => {
    sets ??= {
      page: withImports(graph, source('ui/document/entry.ts')),
      others: ['ui/home/entry.ts', 'main.tsx'].map((path) => withImports(graph, source(path))),
    }
    const { page, others } = sets
    // Whoever fetches the page asks for the entry, which stays a door to the chunk.
    if (id === source('ui/document/entry.ts')) return null
    return page.has(id) && !others.some((other) => other.has(id)) ? 'document' : null
  }
}

/** Names that need each other, in a circle; null when none do. */
export function circleIn(needs: ReadonlyMap<string, readonly string[]>): string[] | null {
  const clear = new Set<string>()
  const walk = (name: string, path: string[]): string[] | null => {
    if (path.includes(name)) return [...path.slice(path.indexOf(name)), name]
    if (clear.has(name)) return null
    for (const next of needs.get(name) ?? []) {
      const circle = walk(next, [...path, name])
      if (circle !== null) return circle
    }
    clear.add(name)
    return null
  }
  for (const name of needs.keys()) {
    const circle = walk(name, [])
    if (circle !== null) return circle
  }
  return null
}

/** A build with chunks in a circle is none. */
export function noCircles() {
  return {
    name: 'no-circles',
    generateBundle(_: unknown, bundle: Record<string, Chunk | { type: 'asset' }>) {
      const chunks = Object.values(bundle).filter((one): one is Chunk => one.type === 'chunk')
      const circle = circleIn(new Map(chunks.map(({ fileName, imports }) => [fileName, imports])))
      if (circle !== null) throw new Error(`Chunks need each other: ${circle.join(' → ')}`)
    },
  }
}
