// Twenty people whose carets move four times a second: sockets of a page of the server's own origin that
// send real awareness frames. What they say is prepared here; the page only sends it.
import * as encoding from 'lib0/encoding'
import { Awareness, encodeAwarenessUpdate } from 'y-protocols/awareness'
import * as Y from 'yjs'

const PLACES = 40

/** Frames of each person, at random places of the document. */
async function framesOf(url, name, people) {
  const answer = await fetch(`${url}/api/documents/${name}/updates`)
  const doc = new Y.Doc()
  Y.applyUpdate(doc, new Uint8Array(await answer.arrayBuffer()))
  const lines = doc
    .getXmlFragment('content')
    .toArray()
    .flatMap((element) => element.toArray())
    .filter((part) => part instanceof Y.XmlText && part.length > 20)
  return Array.from({ length: people }, (_, person) => {
    const awareness = new Awareness(new Y.Doc())
    return Array.from({ length: PLACES }, (_, place) => {
      const line = lines[(person * 31 + place * 17) % lines.length]
      const at = Y.relativePositionToJSON(
        Y.createRelativePositionFromTypeIndex(line, (place * 5) % line.length),
      )
      awareness.setLocalState({
        user: { name: `Person ${person + 1}`, color: '#1a6fc4' },
        cursor: { anchor: at, head: at },
      })
      const frame = encoding.createEncoder()
      encoding.writeVarUint(frame, 1)
      encoding.writeVarUint8Array(frame, encodeAwarenessUpdate(awareness, [awareness.clientID]))
      if (place === PLACES - 1) awareness.destroy()
      return [...encoding.toUint8Array(frame)]
    })
  })
}

/** Lets the crowd in; returns how to send it home. */
export async function crowdIn(browser, url, name, people = 20) {
  const frames = await framesOf(url, name, people)
  const context = await browser.newContext()
  const page = await context.newPage()
  await page.goto(`${url}/api/docs`)
  await page.evaluate(
    async ([address, all]) => {
      const join = (frames, at) =>
        new Promise((resolve) => {
          const socket = new WebSocket(address)
          let next = at
          socket.onopen = () => {
            setInterval(() => socket.send(new Uint8Array(frames[next++ % frames.length])), 250)
            resolve()
          }
        })
      await Promise.all(all.map(join))
    },
    [`${url.replace('http', 'ws')}/ws/${name}`, frames],
  )
  return () => context.close()
}
