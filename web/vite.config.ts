// How the editor is built and served during development.
// The page lives under a strict Content-Security-Policy: nothing may be inlined into HTML or CSS,
// and no code may be injected, hence no asset inlining and no preload polyfill.
import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitest/config'
import { documentChunk, noCircles } from './bundle/chunks.ts'
import { dropped } from './bundle/dropped.ts'
import { iconModules } from './bundle/icons.ts'

const server = 'http://127.0.0.1:8080'

/** KaTeX names each font in three formats; every browser that this is built for reads the first. */
const onlyWoff2 = {
  name: 'only-woff2',
  enforce: 'pre' as const,
  transform(code: string, id: string) {
    if (!id.includes('katex') || !id.endsWith('.css')) return null
    return { code: code.replace(/,url\([^)]*\.(?:woff|ttf)\) format\("(?:woff|truetype)"\)/g, ''), map: null }
  },
}

/** Our lists are placed by nearby.ts, which fetches Floating UI when it is needed. */
const unplaced = {
  name: 'unplaced-suggestions',
  enforce: 'pre' as const,
  resolveId: (source: string, importer: string | undefined) =>
    source === '@floating-ui/dom' && importer?.includes('@tiptap/suggestion')
      ? fileURLToPath(new URL('./src/editor/unplaced.ts', import.meta.url))
      : null,
}

export default defineConfig({
  base: '/',
  plugins: [onlyWoff2, unplaced, dropped, iconModules(), noCircles()],
  resolve: {
    alias: {
      // The link extension's own judge of addresses is 9 KB of domains (src/editor/addresses.ts).
      linkifyjs: fileURLToPath(new URL('./src/editor/addresses.ts', import.meta.url)),
    },
    // Two copies of Yjs or ProseMirror do not recognise each other's values.
    dedupe: ['yjs', 'y-protocols', 'lib0', 'prosemirror-model', 'prosemirror-state', 'prosemirror-view'],
  },
  build: {
    target: 'es2022',
    cssTarget: ['chrome123', 'firefox120', 'safari17.5'],
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    chunkSizeWarningLimit: 900,
    rolldownOptions: {
      output: {
        codeSplitting: {
          includeDependenciesRecursively: false,
          groups: [{ name: documentChunk(), debugName: 'document' }],
        },
      },
    },
  },
  server: {
    host: '127.0.0.1',
    proxy: {
      '/api': server,
      '/ws': { target: server, ws: true },
    },
  },
  test: {
    include: ['test/unit/**/*.test.ts'],
    environment: 'happy-dom',
    setupFiles: ['test/unit/words.setup.ts'],
  },
})
