// The bundle that mammoth makes for browsers has no types of its own; they are those of the package.
declare module 'mammoth/mammoth.browser.min.js' {
  import mammoth from 'mammoth'
  export default mammoth
}
