// The list of documents as one chunk, with its style.
import '../../style/home.css'

export { Home } from './home'
