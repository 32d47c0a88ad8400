// Parts of libraries that nothing here runs, and that no bundler sees it of: a table names them. A library
// that has changed, so that they are not found any more, is told by a build that fails.

/** The region of each, as the library's own bundler wrote it, and what stands in its place. */
const DROPPED = [
  // Lists are turned by src/editor/lists.ts.
  { region: 'src/commands/toggleList.ts', by: 'const toggleList = () => () => false;' },
]

export const dropped = {
  name: 'dropped',
  enforce: 'pre' as const,
  transform(code: string, id: string) {
    if (!id.endsWith('@tiptap/core/dist/index.js')) return null
    return {
      code: DROPPED.reduce((rest, { region, by }) => {
        const [before, inside, behind] = rest.split(new RegExp(`(//#region ${region}\\n[^]*?//#endregion)`))
        if (inside === undefined || behind === undefined) throw new Error(`${id} has no ${region}`)
        return before + by + behind
      }, code),
      map: null,
    }
  },
}
