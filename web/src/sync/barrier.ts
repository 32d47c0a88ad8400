// Message 102: the flush barrier, the one addition to the y-websocket wire.
//
//   102 | varUint8Array body          client -> server
//   102 | varUint8Array same body     server -> client
//
// The server echoes the body once everything it received earlier on this connection is on disk.
// Our body is a single varUint, the token. See the server's protocol module for its half.
import * as decoding from 'lib0/decoding'
import * as encoding from 'lib0/encoding'

export const BARRIER = 102

export function encodeBarrier(token: number): Uint8Array<ArrayBuffer> {
  const body = encoding.createEncoder()
  encoding.writeVarUint(body, token)
  const frame = encoding.createEncoder()
  encoding.writeVarUint(frame, BARRIER)
  encoding.writeVarUint8Array(frame, encoding.toUint8Array(body))
  return encoding.toUint8Array(frame)
}

/** Reads the token of an echoed barrier; the message type has already been taken. */
export function decodeBarrier(decoder: decoding.Decoder): number {
  return decoding.readVarUint(decoding.createDecoder(decoding.readVarUint8Array(decoder)))
}
