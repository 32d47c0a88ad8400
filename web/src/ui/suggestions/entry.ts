// The chunk of suggestions: its styles and its parts.
import './suggestions.css'
// Fetched with it: whoever sees a suggestion may decide about it, also without the line.
import '../../editor/verdict'

export { SuggestionBar } from './bar'
export { SuggestionCard } from './card'
