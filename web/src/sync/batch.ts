// Remote awareness, applied in batches.
//
// Twenty moving carets are eighty frames a second, and each one makes the editor draw. Frames are
// collected and applied together, in order; a caret may be a tenth of a second late, a key never.
import * as decoding from 'lib0/decoding'
import { applyAwarenessUpdate } from 'y-protocols/awareness'
import type { WebsocketProvider } from 'y-websocket'

const AWARENESS = 1
const INTERVAL = 100

/** Replaces the provider's own handler; returns how to stop. */
export function batchAwareness(provider: WebsocketProvider): () => void {
  let waiting: Uint8Array[] = []
  let timer: ReturnType<typeof setTimeout> | undefined
  const flush = () => {
    timer = undefined
    const updates = waiting
    waiting = []
    // A frame from a connection that has ended would bring its people back as ghosts.
    if (!provider.wsconnected) return
    for (const update of updates) applyAwarenessUpdate(provider.awareness, update, provider)
  }
  provider.messageHandlers[AWARENESS] = (_encoder, decoder) => {
    waiting.push(decoding.readVarUint8Array(decoder))
    timer ??= setTimeout(flush, INTERVAL)
  }
  return () => clearTimeout(timer)
}
