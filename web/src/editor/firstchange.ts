// What is of use once something was changed, and not before: fetched with the first change.
export { returnLetters } from './inflight'
export { showUndone } from './undone'
