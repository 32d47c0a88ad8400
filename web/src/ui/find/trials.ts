// Expressions are tried apart from the page: `(a+)+$` in a line of a's takes for ever, and nothing in a
// browser ends an expression but the end of what it runs in. So it runs in a worker, which is ended after
// a while; the page goes on meanwhile. One trial at a time: a new one ends the one before.
import type { Found, Trial } from './trial'
import address from './worker?worker&url'

/** So long an expression may take, in ticks: of a page that is held up itself, or asleep, few pass. */
const TICKS = 12
const TICK = 250

export type Failure = 'slow' | 'unfetched'

/** As much of a worker as is used. */
export type Hand = Pick<Worker, 'postMessage' | 'terminate' | 'onmessage' | 'onerror'>

const engage = (): Hand => new Worker(address, { type: 'module' })

/** Has the browser keep the worker's file, so that it is there when the line is not. */
export const fetchAhead = (): void =>
  void fetch(address).then(
    (answer) => answer.blob(),
    () => undefined,
  )

export class Trials {
  #hand: Hand | null = null
  #isHere = false
  #timer: ReturnType<typeof setInterval> | undefined
  #current: { trial: Trial; done: (found: Found[]) => void; failed: (why: Failure) => void } | null = null

  constructor(private readonly hire: () => Hand = engage) {}

  /** Answers later, and once: with what was found in each of the texts, or with why it was not. */
  run(trial: Trial, done: (found: Found[]) => void, failed: (why: Failure) => void): void {
    // What is not answered is of no interest any more.
    if (this.#current !== null) this.stop()
    this.#current = { trial, done, failed }
    if (this.#isHere) this.#send()
    else this.#hire()
  }

  /** Nobody waits for an answer any more. */
  stop(): void {
    clearInterval(this.#timer)
    this.#hand?.terminate()
    this.#hand = null
    this.#isHere = false
    this.#current = null
  }

  #hire(): void {
    const hand = this.hire()
    this.#hand = hand
    hand.onmessage = ({ data }: MessageEvent<'here' | Found[] | null>) => {
      if (hand !== this.#hand) return
      if (data === 'here') {
        this.#isHere = true
        this.#send()
      } else if (data === null) this.#fail('slow')
      else this.#answer(data)
    }
    hand.onerror = () => {
      if (hand === this.#hand) this.#fail(this.#isHere ? 'slow' : 'unfetched')
    }
  }

  #send(): void {
    if (this.#current === null) return
    let ticks = 0
    this.#timer = setInterval(() => {
      ticks += 1
      if (ticks >= TICKS) this.#fail('slow')
    }, TICK)
    this.#hand?.postMessage(this.#current.trial)
  }

  #answer(found: Found[]): void {
    clearInterval(this.#timer)
    const current = this.#current
    this.#current = null
    current?.done(found)
  }

  #fail(why: Failure): void {
    const current = this.#current
    this.stop()
    current?.failed(why)
  }
}
