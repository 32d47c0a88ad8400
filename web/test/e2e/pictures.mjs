// Pictures for stories: PNG made here, small or as heavy as a story needs, and the ways in which a
// person brings one into a text.
import { randomBytes } from 'node:crypto'
import { crc32, deflateSync } from 'node:zlib'

function chunk(kind, data) {
  const body = Buffer.concat([Buffer.from(kind, 'latin1'), data])
  const length = Buffer.alloc(4)
  length.writeUInt32BE(data.length)
  const sum = Buffer.alloc(4)
  sum.writeUInt32BE(crc32(body) >>> 0)
  return Buffer.concat([length, body, sum])
}

/** A picture that no two calls make alike; noise does not get smaller, a plain one is tiny. */
export function png(width, height, { noise = false } = {}) {
  const head = Buffer.alloc(13)
  head.writeUInt32BE(width, 0)
  head.writeUInt32BE(height, 4)
  head.set([8, 2, 0, 0, 0], 8)
  const colour = randomBytes(3)
  const row = Buffer.alloc(1 + width * 3)
  for (let x = 0; x < width; x += 1) row.set(colour, 1 + x * 3)
  const rows = Array.from({ length: height }, () =>
    noise ? Buffer.concat([Buffer.from([0]), randomBytes(width * 3)]) : row,
  )
  return Buffer.concat([
    Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]),
    chunk('IHDR', head),
    chunk('IDAT', deflateSync(Buffer.concat(rows))),
    chunk('IEND', Buffer.alloc(0)),
  ])
}

const asEvent = ({ kind, files = [], html, text, at, onto = '.text' }) => {
  const transfer = new DataTransfer()
  for (const { name, type, bytes } of files) {
    const binary = Uint8Array.from(atob(bytes), (sign) => sign.charCodeAt(0))
    transfer.items.add(new File([binary], name, { type }))
  }
  if (html !== undefined) transfer.setData('text/html', html)
  if (text !== undefined) transfer.setData('text/plain', text)
  const target = document.querySelector(onto)
  if (kind === 'paste')
    target.dispatchEvent(
      new ClipboardEvent('paste', { clipboardData: transfer, bubbles: true, cancelable: true }),
    )
  else {
    const place = document.querySelector(at).getBoundingClientRect()
    const events = ['dragenter', 'dragover', 'drop'].map(
      (type) =>
        new DragEvent(type, {
          dataTransfer: transfer,
          bubbles: true,
          cancelable: true,
          clientX: place.left + 10,
          clientY: place.top + place.height / 2,
        }),
    )
    for (const event of events) target.dispatchEvent(event)
    return events.slice(1).every((event) => event.defaultPrevented)
  }
}

const sent = (files) =>
  files.map(({ name, type = 'image/png', bytes }) => ({ name, type, bytes: bytes.toString('base64') }))

export const pastesFiles = (person, ...files) =>
  person.page.evaluate(asEvent, { kind: 'paste', files: sent(files) })

export const pastesHtml = (person, html, text = '') =>
  person.page.evaluate(asEvent, { kind: 'paste', html, text })

/** Onto a block of the text. */
export const dropsFiles = (person, at, ...files) =>
  person.page.evaluate(asEvent, { kind: 'drop', at: `.text ${at}`, files: sent(files) })

/** Beside the text: onto another element, at its height. Whether the page took it from the browser. */
export const dropsBeside = (person, onto, ...files) =>
  person.page.evaluate(asEvent, { kind: 'drop', at: onto, onto, files: sent(files) })

/** What one session of the tools limits, only that session sets free again. */
const sessions = new WeakMap()

/** The line takes so many bytes a second upwards; null takes the limit away. */
export async function limitsUpload(person, bytes) {
  const session = sessions.get(person.page) ?? (await person.context.newCDPSession(person.page))
  sessions.set(person.page, session)
  await session.send('Network.enable')
  await session.send('Network.emulateNetworkConditions', {
    offline: false,
    latency: 0,
    downloadThroughput: -1,
    uploadThroughput: bytes ?? -1,
  })
}
