// KaTeX, in a chunk of its own with its style and its fonts: fetched when the first formula is shown.
//
// What somebody wrote is never trusted: no links, no classes, no sizes that leave the page, no macros
// that grow without end. An error is thrown with its place, for whoever shows it.
import katex from 'katex'
import 'katex/dist/katex.min.css'

export function renderFormula(latex: string, into: HTMLElement, display: boolean): void {
  katex.render(latex, into, {
    displayMode: display,
    output: 'html',
    throwOnError: true,
    trust: false,
    strict: 'ignore',
    maxSize: 20,
    maxExpand: 200,
  })
}
