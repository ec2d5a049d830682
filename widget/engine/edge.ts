import {
  type ChatEngine,
  EngineError,
  type Message,
  type ReplyEvent,
  type ReplyOptions,
} from './chat-engine.ts'
import { EventStreamDecoder } from './event-stream.ts'
import { pause, Watchdog } from './timing.ts'

export interface EdgeTimings {
  /** Until the first byte of an answer, in ms; a model may have to load first. */
  firstByte: number
  /** Between two pieces of a stream, in ms; the edge sends a comment when it has nothing else to say. */
  silence: number
  /** Longest wait a busy edge may ask for, in ms; what asks for more is told to the visitor. */
  longestWait: number
}

const TIMINGS: EdgeTimings = { firstByte: 30_000, silence: 30_000, longestWait: 20_000 }
const TRIES = 3
/** Longest wait in ms for the end of a stream whose last event has come. */
const CLOSING = 1000

/** Asks the edge's OpenAI-compatible API, streamed. */
export class EdgeEngine implements ChatEngine {
  readonly #endpoint: string
  readonly #timings: EdgeTimings

  /** @param base  the API's base URL, without a slash at the end */
  constructor(base: string, timings: Partial<EdgeTimings> = {}) {
    this.#endpoint = `${base}/v1/chat/completions`
    this.#timings = { ...TIMINGS, ...timings }
  }

  async *reply(
    messages: readonly Message[],
    options: ReplyOptions,
    signal: AbortSignal,
  ): AsyncGenerator<ReplyEvent> {
    const watchdog = new Watchdog(signal)
    try {
      watchdog.expectWithin(this.#timings.firstByte)
      const response = await this.#request(messages, options, watchdog)
      if (response.headers.get('content-type')?.includes('application/json')) {
        yield* wholeAnswer((await response.json()) as Completion)
      } else {
        yield* this.#stream(response, watchdog)
      }
    } catch (error) {
      signal.throwIfAborted()
      if (error instanceof EngineError) throw error
      throw new EngineError('unreachable')
    } finally {
      watchdog.stop()
    }
  }

  /** Sends the request; a busy edge (429, 503 and the like) is asked again when it says. */
  async #request(messages: readonly Message[], options: ReplyOptions, watchdog: Watchdog) {
    const body = JSON.stringify({
      temperature: options.temperature,
      ...(options.maxTokens !== null && { max_tokens: options.maxTokens }),
      ...(options.seed !== null && { seed: options.seed }),
      ...options.decoding,
      model: options.model,
      messages,
      stream: true,
      stream_options: { include_usage: true },
    })
    for (let attempt = 1; ; attempt++) {
      const response = await fetch(this.#endpoint, {
        method: 'POST',
        headers: { 'content-type': 'application/json', accept: 'text/event-stream' },
        body,
        signal: watchdog.signal,
        credentials: 'omit',
      })
      if (response.ok) return response
      const error = await refusal(response)
      const wait = retryDelay(response, attempt)
      if (wait === null || attempt === TRIES || wait > this.#timings.longestWait) throw error
      options.onWait?.(Math.ceil(wait / 1000))
      watchdog.expectWithin(wait + this.#timings.firstByte)
      await pause(wait, watchdog.signal)
      options.onWait?.(0)
    }
  }

  async *#stream(response: Response, watchdog: Watchdog): AsyncGenerator<ReplyEvent> {
    const decoder = new EventStreamDecoder()
    const reader = response.body!.getReader()
    let finishReason: string | null = null
    let completionTokens: number | null = null
    let begun = false
    let over = false
    try {
      for (;;) {
        const { firstByte, silence } = this.#timings
        // After its last event a stream only has to be closed; hanging up before that would look like a lost reader.
        watchdog.expectWithin(over ? CLOSING : begun ? silence : firstByte)
        const { value, done } = await reader.read()
        if (done) break
        for (const { data } of decoder.push(value)) {
          over ||= data === '[DONE]'
          if (over) continue
          const chunk = JSON.parse(data) as Chunk
          if (chunk.error) throw chunkError(chunk.error)
          completionTokens = chunk.usage?.completion_tokens ?? completionTokens
          const choice = chunk.choices?.[0]
          const text = choice?.delta?.content
          if (text) {
            begun = true
            yield { type: 'text', text }
          }
          finishReason = choice?.finish_reason ?? finishReason
        }
      }
    } catch (error) {
      watchdog.caller.throwIfAborted()
      // Once the answer is whole, a cut line end takes nothing away from it.
      if (finishReason === null) {
        if (error instanceof EngineError) throw error
        throw new EngineError(begun ? 'broken_off' : 'unreachable')
      }
    } finally {
      reader.cancel().catch(() => {})
    }
    if (finishReason === null) throw new EngineError('broken_off')
    yield { type: 'done', finish_reason: finishReason, completionTokens }
  }
}

interface Chunk {
  error?: ErrorBody
  usage?: { completion_tokens?: number } | null
  choices?: { delta?: { content?: string | null }; finish_reason?: string | null }[]
}

interface ErrorBody {
  message?: string
  code?: string | null
}

interface Completion {
  usage?: { completion_tokens?: number }
  choices?: { message?: { content?: string | null }; finish_reason?: string }[]
}

/** Proxies that can't stream hand over the answer in one piece. */
function* wholeAnswer(body: Completion): Generator<ReplyEvent> {
  const choice = body.choices?.[0]
  if (!choice?.finish_reason) throw new EngineError('broken_off')
  yield { type: 'text', text: choice.message?.content ?? '' }
  yield {
    type: 'done',
    finish_reason: choice.finish_reason,
    completionTokens: body.usage?.completion_tokens ?? null,
  }
}

function chunkError(error: ErrorBody): EngineError {
  if (error.code === 'context_length_exceeded') return new EngineError(error.code, error.message)
  return new EngineError('broken_off', error.message)
}

async function refusal(response: Response): Promise<EngineError> {
  const { error } = (await response.json().catch(() => ({}))) as { error?: ErrorBody }
  const message = typeof error?.message === 'string' ? error.message : ''
  if (error?.code === 'context_length_exceeded') return new EngineError(error.code, message)
  if (response.status === 429 || response.status === 503) return new EngineError('busy', message)
  return new EngineError(response.status < 500 ? 'refused' : 'failed', message)
}

/**
 * Milliseconds to wait before the next try; null if there should be none. The edge's word (x-should-retry,
 * retry-after-ms, retry-after in seconds or as a date) goes before our own: 0.5 s, then doubled.
 */
export function retryDelay(response: Response, attempt: number): number | null {
  const { status, headers } = response
  const should = headers.get('x-should-retry')
  if (should === 'false') return null
  if (should !== 'true' && ![408, 409, 429, 502, 503, 504].includes(status)) return null
  const milliseconds = Number.parseFloat(headers.get('retry-after-ms') ?? '')
  if (milliseconds >= 0) return milliseconds
  const after = headers.get('retry-after') ?? ''
  const wait = /^[\d.]+$/.test(after) ? Number(after) * 1000 : Date.parse(after) - Date.now()
  if (wait >= 0) return wait
  return 500 * 2 ** (attempt - 1)
}
