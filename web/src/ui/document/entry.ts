// The chunk of the document page: its styles and its root.
import '../../style/document.css'
import '../../style/text.css'
import '../../style/code.css'
import '../../style/print.css'

export { DocumentPage } from './page'
