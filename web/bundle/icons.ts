// Each icon is a module of its own, also to the bundler. Asked for by the library's index, every icon hangs
// together with every other, and nobody can tell which chunk needs which.
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'

const LIBRARY = 'lucide-preact'
const PREFIX = `${LIBRARY}/icons/`

/** `import { Check, type LucideIcon, X as Close } from 'lucide-preact'` */
const IMPORT = /import\s*\{([^}]*)\}\s*from\s*'lucide-preact'/g
/** `export { default as Check, default as CheckIcon } from './icons/check.mjs'` */
const EXPORT = /^export \{ (default as [^}]*) \} from '\.\/icons\/([^']+)'/gm

const index = join(dirname(createRequire(import.meta.url).resolve(LIBRARY)), '../esm/lucide-preact.mjs')

/** The file of each icon, by its names. */
function filesByName(): Map<string, string> {
  const files = new Map<string, string>()
  for (const [, names = '', file = ''] of readFileSync(index, 'utf8').matchAll(EXPORT))
    for (const name of names.split(',')) files.set(name.trim().replace('default as ', ''), file)
  return files
}

export function iconModules() {
  const files = filesByName()
  const imported = (entry: string): string => {
    const [name = '', local = name] = entry.split(/\s+as\s+/)
    const file = files.get(name)
    if (file === undefined) throw new Error(`${LIBRARY} has no icon ${name}`)
    return `import ${local} from '${PREFIX}${file}'`
  }
  return {
    name: 'icon-modules',
    enforce: 'pre' as const,
    resolveId: (source: string) =>
      source.startsWith(PREFIX) ? join(dirname(index), 'icons', source.slice(PREFIX.length)) : null,
    transform(code: string, id: string) {
      if (id.includes('node_modules') || !code.includes(LIBRARY)) return null
      const rewritten = code.replace(IMPORT, (_, list: string) => {
        const entries = list.split(',').map((entry) => entry.trim())
        // Types are not there when it runs. One line stays one line, so that places in files stay true.
        const values = entries.filter((entry) => entry !== '' && !entry.startsWith('type '))
        return values.map(imported).join(';') + '\n'.repeat(list.split('\n').length - 1)
      })
      return { code: rewritten, map: null }
    },
  }
}
