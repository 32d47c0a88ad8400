// The chunk of the document page: its styles and its root.
import '../../style/floating.css'
import '../../style/people.css'
import '../../style/help.css'
import '../../style/document.css'
import '../../style/text.css'
import '../../style/code.css'
import '../../style/narrow.css'
import '../../style/print.css'

export { DocumentPage } from './page'
