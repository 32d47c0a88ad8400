// A short film of two people who write in one document: `node test/e2e/film.mjs [file.gif]`. Each frame is
// a picture of Ada's page, taken while both type; what one sees is what happened.
import { writeFile } from 'node:fs/promises'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import gifenc from 'gifenc'
import { Story } from './story.mjs'

const { GIFEncoder, quantize, applyPalette } = gifenc
const target = path.resolve(
  process.argv[2] ?? fileURLToPath(new URL('../../../docs/images/together.gif', import.meta.url)),
)
const SIZE = { width: 900, height: 560 }
const FRAME = 140

const ADA = ['We meet on ', 'Tuesday at ten. ', 'Bring the numbers.']
const GRACE = ['Agenda: ', 'the **budget**, ', 'the plan for May.']

const story = await Story.begin()
try {
  const ada = await story.person('Ada Lovelace', { color: '#2b7a3d', viewport: SIZE })
  const grace = await story.person('Grace Hopper', { color: '#9c36b5', viewport: SIZE })
  await ada.open('together')
  await ada.page.getByRole('textbox', { name: 'Title' }).fill('Minutes of May')
  await ada.types('{Enter}# Minutes of May{Enter}{Enter}{Enter}')
  await ada.sees('saved')
  await grace.open('together')
  await ada.goesTo('p:nth-of-type(1)')
  await grace.goesTo('p:nth-of-type(2)')

  const frames = []
  const shoot = async () => frames.push(await ada.page.screenshot())
  await shoot()
  for (let part = 0; part < ADA.length; part++) {
    const [one, other] = [[...ADA[part]], [...GRACE[part]]]
    for (let at = 0; at < Math.max(one.length, other.length); at++) {
      if (one[at]) await ada.keyboard.type(one[at])
      if (other[at]) await grace.keyboard.type(other[at])
      if (at % 2 === 0) await shoot()
    }
  }
  await ada.sees('saved')
  for (let rest = 0; rest < 8; rest++) await shoot()

  // The browser knows how to read its own pictures.
  const gif = GIFEncoder()
  let palette
  for (const frame of frames) {
    const pixels = await ada.page.evaluate(async (encoded) => {
      const bytes = Uint8Array.from(atob(encoded), (letter) => letter.charCodeAt(0))
      const picture = await createImageBitmap(new Blob([bytes], { type: 'image/png' }))
      const canvas = new OffscreenCanvas(picture.width, picture.height)
      const context = canvas.getContext('2d')
      context.drawImage(picture, 0, 0)
      const { data } = context.getImageData(0, 0, picture.width, picture.height)
      let text = ''
      for (let at = 0; at < data.length; at += 32768)
        text += String.fromCharCode(...data.subarray(at, at + 32768))
      return btoa(text)
    }, frame.toString('base64'))
    const data = new Uint8Array(Buffer.from(pixels, 'base64'))
    palette ??= quantize(data, 128)
    gif.writeFrame(applyPalette(data, palette), SIZE.width, SIZE.height, { palette, delay: FRAME })
  }
  gif.finish()
  await writeFile(target, gif.bytes())
  console.log(target, `${frames.length} frames`)
} finally {
  await story.end()
}
