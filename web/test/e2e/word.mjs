// A small Word document: what Word writes, and no more of it. Its parts are files in a zip, stored as
// they are.
import { crc32 } from 'node:zlib'

/** The smallest picture there is: one pixel, PNG. */
const PIXEL = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
  'base64',
)

const HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>'
const PACKAGE = 'http://schemas.openxmlformats.org/package/2006'
const OFFICE = 'http://schemas.openxmlformats.org/officeDocument/2006'
const DRAWING = 'http://schemas.openxmlformats.org/drawingml/2006'

function zip(files) {
  const parts = []
  const entries = []
  let offset = 0
  for (const [name, content] of Object.entries(files)) {
    const [title, data] = [Buffer.from(name), Buffer.from(content)]
    const shared = Buffer.alloc(26)
    shared.writeUInt16LE(20, 0)
    shared.writeUInt32LE(crc32(data), 10)
    shared.writeUInt32LE(data.length, 14)
    shared.writeUInt32LE(data.length, 18)
    shared.writeUInt16LE(title.length, 22)
    const local = Buffer.concat([Buffer.from('PK\x03\x04'), shared, title, data])
    const tail = Buffer.alloc(14)
    tail.writeUInt32LE(offset, 10)
    const entry = Buffer.concat([Buffer.from('PK\x01\x02\x14\x00'), shared, tail, title])
    parts.push(local)
    entries.push(entry)
    offset += local.length
  }
  const directory = Buffer.concat(entries)
  const end = Buffer.alloc(22)
  end.write('PK\x05\x06', 'latin1')
  end.writeUInt16LE(entries.length, 8)
  end.writeUInt16LE(entries.length, 10)
  end.writeUInt32LE(directory.length, 12)
  end.writeUInt32LE(offset, 16)
  return Buffer.concat([...parts, directory, end])
}

const drawing = (said) => `<w:r><w:drawing><wp:inline xmlns:wp="${DRAWING}/wordprocessingDrawing">
  <wp:docPr id="1" name="Picture" descr="${said}"/>
  <a:graphic xmlns:a="${DRAWING}/main"><a:graphicData uri="${DRAWING}/picture">
    <pic:pic xmlns:pic="${DRAWING}/picture"><pic:blipFill><a:blip r:embed="rId1"/></pic:blipFill></pic:pic>
  </a:graphicData></a:graphic></wp:inline></w:drawing></w:r>`

const styled = (style, words, run = '') =>
  `<w:p><w:pPr><w:pStyle w:val="${style}"/></w:pPr><w:r>${run && `<w:rPr>${run}</w:rPr>`}<w:t>${words}</w:t></w:r></w:p>`

/** Word's names of styles, by what paragraphs call them. */
const named = (styles) =>
  Object.entries(styles)
    .map(([id, name]) => `<w:style w:type="paragraph" w:styleId="${id}"><w:name w:val="${name}"/></w:style>`)
    .join('')

/**
 * A document with a heading and a line; with what is said of a picture it has one behind that. `more` are
 * paragraphs of other styles: the id of the style, words, and how their run looks.
 */
export function word({ heading, text, picture, styles = {}, more = [] }) {
  const media = picture ? { 'word/media/image1.png': PIXEL } : {}
  const link = picture
    ? `<Relationship Id="rId1" Type="${OFFICE}/relationships/image" Target="media/image1.png"/>`
    : ''
  return zip({
    '[Content_Types].xml': `${HEAD}<Types xmlns="${PACKAGE}/content-types">
      <Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>
      <Default Extension="xml" ContentType="application/xml"/>
      <Default Extension="png" ContentType="image/png"/>
      <Override PartName="/word/document.xml" ContentType="application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"/>
    </Types>`,
    '_rels/.rels': `${HEAD}<Relationships xmlns="${PACKAGE}/relationships">
      <Relationship Id="rId1" Type="${OFFICE}/relationships/officeDocument" Target="word/document.xml"/>
    </Relationships>`,
    'word/_rels/document.xml.rels': `${HEAD}<Relationships xmlns="${PACKAGE}/relationships">${link}
      <Relationship Id="rId9" Type="${OFFICE}/relationships/styles" Target="styles.xml"/></Relationships>`,
    'word/styles.xml': `${HEAD}<w:styles xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main">${named(styles)}</w:styles>`,
    'word/document.xml': `${HEAD}<w:document xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"
      xmlns:r="${OFFICE}/relationships"><w:body>
      <w:p><w:pPr><w:pStyle w:val="Heading1"/></w:pPr><w:r><w:t>${heading}</w:t></w:r></w:p>
      <w:p><w:r><w:t>${text}</w:t></w:r>${picture ? drawing(picture) : ''}</w:p>
      ${more.map((one) => styled(...one)).join('')}
    </w:body></w:document>`,
    ...media,
  })
}
