// A Word document as HTML, read on this device by mammoth: its text by what it is (headings, lists,
// tables), not by how it looked. Pictures are taken out of it and named in their places. A chunk of its
// own: few people import such files, and mammoth is large.
import mammoth from 'mammoth/mammoth.browser.min.js'
import { addressOf, type Taken } from './taken'

/** What Word's own styles are here, and what is told by how it looks alone; headings and lists mammoth knows. */
const STYLES = [
  'u => u',
  'highlight => mark',
  "p[style-name='Title'] => h1:fresh",
  "p[style-name='Subtitle'] => p:fresh > em",
  "p[style-name='Quote'] => blockquote > p:fresh",
  "p[style-name='Intense Quote'] => blockquote > p:fresh",
  "p[style-name='HTML Preformatted'] => pre:separator('\n')",
  "p[style-name='Source Code'] => pre:separator('\n')",
  "p[style-name='Code'] => pre:separator('\n')",
  "r[style-name='HTML Code'] => code",
  "r[style-name='Verbatim Char'] => code",
]

export async function readWord(file: File): Promise<Taken> {
  const pictures: Blob[] = []
  const convertImage = mammoth.images.imgElement(async (image) => {
    const bytes = await image.readAsArrayBuffer()
    pictures.push(new Blob([bytes], { type: image.contentType }))
    return { src: addressOf(pictures.length - 1) }
  })
  const { value } = await mammoth.convertToHtml(
    { arrayBuffer: await file.arrayBuffer() },
    { convertImage, styleMap: STYLES, externalFileAccess: false },
  )
  return { html: value, pictures }
}
