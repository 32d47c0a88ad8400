// The worker in which expressions are tried. It says when it is there, so that the time that it takes to
// come is not taken for that of an expression; then it answers each trial, with null when it cannot.
import { type Trial, tryOut } from './trial'

addEventListener('message', ({ data }: MessageEvent<Trial>) => {
  try {
    postMessage(tryOut(data))
  } catch {
    // There is not room enough for what would be put.
    postMessage(null)
  }
})
postMessage('here')
