import {
  type ChatEngine,
  EngineError,
  type Message,
  type ReplyEvent,
  type ReplyOptions,
} from './chat-engine.ts'
import type { DeviceAnswer, DeviceRequest, ModelPlace } from './device-protocol.ts'
import { Watchdog } from './timing.ts'

/** `DistributiveOmit`: the request without its id, kept a union. */
type Request = DeviceRequest extends infer R
  ? R extends DeviceRequest
    ? Omit<R, 'id'>
    : never
  : never

/** Longest silence in ms before the device counts as hung: while bytes come, while they are made ready, per token. */
const SILENCE = { size: 30_000, load: 45_000, reply: 30_000 }

/** The model on this device, in a Web Worker, so that the page never waits for it. */
export class DeviceEngine implements ChatEngine {
  readonly #url: string
  readonly #place: ModelPlace
  readonly #listeners = new Map<number, (answer: DeviceAnswer) => void>()
  #worker: Worker | null = null
  #nextId = 1

  /** @param url  of device-worker.js; it may be on another origin than the page */
  constructor(url: string, place: ModelPlace) {
    this.#url = url
    this.#place = place
  }

  /** Bytes that `load` would fetch; 0 if all of them are here already. */
  async size(signal: AbortSignal): Promise<number> {
    for await (const answer of this.#ask(
      { type: 'size', place: this.#place },
      SILENCE.size,
      signal,
    )) {
      if (answer.type === 'size') return answer.bytes
    }
    throw new EngineError('failed')
  }

  /**
   * Makes the model ready. An abort keeps what has come, so that a later call goes on from there.
   *
   * @returns why a faster way was not taken, in words; null if nothing is to be said
   */
  async load(
    onProgress: (loaded: number, total: number) => void,
    signal: AbortSignal,
  ): Promise<string | null> {
    for await (const answer of this.#ask(
      { type: 'load', place: this.#place },
      SILENCE.load,
      signal,
    )) {
      if (answer.type === 'progress') onProgress(answer.loaded, answer.total)
      if (answer.type === 'loaded') return answer.note
    }
    throw new EngineError('failed')
  }

  async *reply(
    messages: readonly Message[],
    { temperature, maxTokens, seed, decoding }: ReplyOptions,
    signal: AbortSignal,
  ): AsyncGenerator<ReplyEvent> {
    const options = { temperature, max_tokens: maxTokens, seed, ...decoding }
    for await (const answer of this.#ask(
      { type: 'reply', messages, options },
      SILENCE.reply,
      signal,
    )) {
      if (answer.type === 'text') yield { type: 'text', text: answer.text }
      if (answer.type === 'done') {
        const { finish_reason, completionTokens } = answer
        yield { type: 'done', finish_reason, completionTokens }
        return
      }
    }
  }

  /** Ends the worker; what it was asked fails. The next request starts a new one. */
  dispose(): void {
    this.#worker?.terminate()
    this.#worker = null
    for (const [id, listener] of this.#listeners) listener(lost(id))
  }

  /** Asks the worker and yields what it answers until it says that it is done. */
  async *#ask(
    request: Request,
    silence: number,
    signal: AbortSignal,
  ): AsyncGenerator<DeviceAnswer> {
    signal.throwIfAborted()
    const worker = this.#start()
    const id = this.#nextId++
    const answers: DeviceAnswer[] = []
    let wake = () => {}
    this.#listeners.set(id, (answer) => {
      answers.push(answer)
      wake()
    })
    const watchdog = new Watchdog(signal)
    watchdog.signal.addEventListener('abort', () => wake())
    let over = false
    try {
      worker.postMessage({ ...request, id } as DeviceRequest)
      for (;;) {
        watchdog.expectWithin(silence)
        while (answers.length === 0 && !watchdog.signal.aborted) {
          await new Promise<void>((resolve) => {
            wake = resolve
          })
        }
        signal.throwIfAborted()
        const answer = answers.shift()
        if (!answer) {
          // Silent for too long: nothing can be expected of this worker any more.
          this.dispose()
          throw new EngineError('failed')
        }
        over = answer.type !== 'progress' && answer.type !== 'text'
        if (answer.type === 'error') throw deviceError(answer)
        yield answer
        if (over) return
      }
    } finally {
      watchdog.stop()
      this.#listeners.delete(id)
      if (!over) this.#worker?.postMessage({ type: 'abort', id } satisfies DeviceRequest)
    }
  }

  #start(): Worker {
    if (this.#worker) return this.#worker
    const worker = startModuleWorker(this.#url)
    worker.onmessage = ({ data }: MessageEvent<DeviceAnswer>) => {
      this.#listeners.get(data.id)?.(data)
    }
    worker.onerror = (event) => {
      event.preventDefault()
      if (this.#worker === worker) this.dispose()
    }
    this.#worker = worker
    return worker
  }
}

/** A worker's own script must be of the page's origin, what it imports need not: so a line of it imports the rest. */
function startModuleWorker(url: string): Worker {
  const script = new Blob([`import ${JSON.stringify(url)}`], { type: 'text/javascript' })
  const blobUrl = URL.createObjectURL(script)
  const worker = new Worker(blobUrl, { type: 'module', name: 'edgewise' })
  // The worker reads its script a while after the constructor; its first message comes after that.
  worker.addEventListener('message', () => URL.revokeObjectURL(blobUrl), { once: true })
  worker.addEventListener('error', () => URL.revokeObjectURL(blobUrl), { once: true })
  return worker
}

function lost(id: number): DeviceAnswer {
  return { type: 'error', id, code: 'failed', message: '' }
}

function deviceError({ code, message }: DeviceAnswer & { type: 'error' }): EngineError {
  if (code === 'context_length_exceeded') return new EngineError(code, message)
  if (code === 'model_too_large' || code === 'model_unusable' || code === 'model_not_found') {
    return new EngineError('refused', message)
  }
  return new EngineError(code === 'unreachable' ? 'unreachable' : 'failed', message)
}
