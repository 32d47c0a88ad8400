// Holds the merge back while one's own state is brought to safety.
//
// Between the server's first message of a connection and the release, its messages wait, nothing that is
// written here leaves, and nobody is told that it is stored: the answer that the release gives holds all
// of it. That answer leaves before anything is applied: it names as deleted what was deleted here, and not
// what others wrote into it meanwhile, unseen here (lost.ts). A connection that ends takes what waited with
// it; the next one brings it again.
import * as decoding from 'lib0/decoding'
import * as encoding from 'lib0/encoding'
import type { WebsocketProvider } from 'y-websocket'

const STEP_1 = 0

type Handler = WebsocketProvider['messageHandlers'][number]

export interface Hold {
  readonly held: boolean
  begin(): void
  /** Puts a message that has begun to be read behind the others. */
  push(decoder: decoding.Decoder): void
  /** Hands over what waited, as if it had come now. */
  release(): void
  /** Forgets what waited. */
  drop(): void
}

export function makeHold(provider: WebsocketProvider, handle: Handler): Hold {
  let waiting: Uint8Array[] | null = null
  const end = (): Uint8Array[] => {
    const messages = waiting ?? []
    if (waiting !== null) provider.doc.on('update', provider._updateHandler)
    waiting = null
    return messages
  }
  return {
    get held() {
      return waiting !== null
    },
    begin() {
      if (waiting !== null) return
      waiting = []
      provider.doc.off('update', provider._updateHandler)
    },
    push(decoder) {
      waiting?.push(decoding.readTailAsUint8Array(decoder).slice())
    },
    release() {
      const { ws } = provider
      const isQuestion = ([kind]: Uint8Array) => kind === STEP_1
      const messages = end()
      for (const message of [...messages.filter(isQuestion), ...messages.filter((one) => !isQuestion(one))]) {
        if (ws === null || provider.ws !== ws) return
        const encoder = encoding.createEncoder()
        handle(encoder, decoding.createDecoder(message), provider, true, 0)
        if (encoding.length(encoder) > 1) ws.send(encoding.toUint8Array(encoder))
      }
    },
    drop() {
      end()
    },
  }
}
