import { DecodingError } from '../../decoder/errors.ts'
import type { DownloadContext } from './download-context.ts'
import { decodedLength, type FileFacts, stateOf, statusError, unreachable } from './file-facts.ts'
import { GrowingBuffer } from './growing-buffer.ts'
import { sizeInWords } from './size-in-words.ts'
import { PART_BYTES, type StoredFile } from './stored-file.ts'

const RETRY_DELAYS = [250, 1000, 3000]

/**
 * One file on its way from the network. After a cut it asks for the rest (HTTP range requests, RFC 9110 §14), and it
 * starts from zero wherever the rest might belong to another state of the file.
 */
export class Transfer {
  readonly #facts: FileFacts
  readonly #stored: StoredFile
  readonly #context: DownloadContext
  readonly #buffer: GrowingBuffer
  /** State of the file that the buffer's bytes belong to. */
  #etag: string | null = null
  /** Bytes that are in the store already: whole parts only. */
  #flushed = 0
  #storing = true

  constructor(facts: FileFacts, stored: StoredFile, context: DownloadContext) {
    this.#facts = facts
    this.#stored = stored
    this.#context = context
    this.#buffer = new GrowingBuffer(facts.bytes)
  }

  /** All bytes, received but not yet checked. */
  async run(): Promise<Uint8Array<ArrayBuffer>> {
    const { signal, retryDelays = RETRY_DELAYS } = this.#context
    await this.#resume()
    for (let attempt = 0; ; attempt++) {
      try {
        await this.#receive()
        return this.#buffer.view()
      } catch (error) {
        await this.#flush(1)
        signal?.throwIfAborted()
        if (error instanceof DecodingError) throw error
        const delay = retryDelays[attempt]
        if (delay === undefined) throw error instanceof Interrupted ? error.words : this.#cut()
        await new Promise((resolve) => setTimeout(resolve, delay))
        signal?.throwIfAborted()
      }
    }
  }

  /** Marks the file as whole, to be called once its bytes were checked. */
  async keep(): Promise<void> {
    await this.#flush(1)
    if (!this.#storing) return
    const bytes = this.#buffer.length
    await this.#writeIndex({ bytes, complete: true })
    await this.#stored.keepOnly(this.#version)
  }

  /** Takes over what an earlier visit stored, if it is of the same state of the file. */
  async #resume(): Promise<void> {
    const index = await this.#stored.index()
    if (!index || index.complete || index.bytes !== this.#facts.bytes) return
    const { sha256, etag } = this.#facts
    const same = sha256 !== null ? index.version === sha256 : etag !== null && index.etag === etag
    if (!same) return
    for await (const part of this.#stored.parts(index)) this.#buffer.write(part)
    this.#etag = index.etag
    this.#flushed = this.#buffer.length - (this.#buffer.length % PART_BYTES)
    this.#context.onBytes?.(this.#buffer.length)
  }

  async #receive(): Promise<void> {
    const { fetch, signal } = this.#context
    const from = this.#buffer.length
    if (from > 0 && from === this.#facts.bytes) return
    const response = await fetch(this.#facts.url, {
      ...(from > 0 && { headers: { range: `bytes=${from}-` } }),
      ...(signal && { signal }),
    })
    if (from > 0 && !this.#continues(response, from)) {
      this.#startAgain()
      if (response.status === 206 || response.status === 416) {
        await response.body?.cancel()
        return this.#receive()
      }
    }
    if (!response.ok || !response.body) {
      const words = statusError(this.#facts.name, response.status)
      throw response.status >= 500 || response.status === 429 ? new Interrupted(words) : words
    }
    if (this.#buffer.length === 0) this.#etag = stateOf(response)
    const expected = this.#facts.bytes ?? (from === 0 ? decodedLength(response) : null)
    const reader = response.body.getReader()
    for (let next = await reader.read(); !next.done; next = await reader.read()) {
      this.#buffer.write(next.value)
      this.#context.onBytes?.(this.#buffer.length)
      if (this.#buffer.length > (this.#context.limit ?? Infinity)) {
        await reader.cancel()
        throw tooLarge(this.#facts.name, this.#context.limit!)
      }
      await this.#flush(PART_BYTES)
    }
    // More than expected is a transfer that was compressed on the way; less is a cut that went unnoticed.
    if (expected !== null && this.#buffer.length < expected) {
      throw new Interrupted(this.#cut())
    }
  }

  /** Whether an answer is the rest of what is in the buffer. */
  #continues(response: Response, from: number): boolean {
    if (response.status !== 206 || response.headers.has('content-encoding')) return false
    const range = response.headers.get('content-range')
    if (range !== null && !range.startsWith(`bytes ${from}-`)) return false
    // The manifest's hash is checked at the end; without one, only the same entity tag proves the same file.
    return this.#facts.sha256 !== null || (this.#etag !== null && stateOf(response) === this.#etag)
  }

  #startAgain(): void {
    this.#buffer.clear()
    this.#flushed = 0
    this.#context.onBytes?.(0)
  }

  /** Stores what has arrived since, in full parts, once it is at least `least` bytes; a last part may be short. */
  async #flush(least: number): Promise<void> {
    while (this.#storing && this.#buffer.length - this.#flushed >= least) {
      if (this.#flushed === 0) await this.#writeIndex({ bytes: this.#facts.bytes, complete: false })
      const part = this.#buffer.view(this.#flushed, this.#flushed + PART_BYTES)
      const number = this.#flushed / PART_BYTES
      if (!(await this.#stored.writePart(this.#version, number, part))) this.#storing = false
      if (part.length < PART_BYTES) return
      this.#flushed += PART_BYTES
    }
  }

  async #writeIndex(state: { bytes: number | null; complete: boolean }): Promise<void> {
    const index = { version: this.#version, etag: this.#etag, ...state }
    if (!(await this.#stored.writeIndex(index))) this.#storing = false
  }

  get #version(): string {
    return this.#facts.sha256 ?? this.#etag ?? 'unknown'
  }

  #cut(): DecodingError {
    const { name, bytes } = this.#facts
    if (this.#buffer.length === 0) return unreachable(name)
    const here = sizeInWords(this.#buffer.length)
    const progress = bytes === null ? here : `${here} of ${sizeInWords(bytes)}`
    return new DecodingError(
      `The download of ${name} was cut after ${progress}`,
      'model_unusable',
      'model',
    )
  }
}

/** A failure that the next attempt may not meet; `words` are what is said if all attempts meet it. */
class Interrupted extends Error {
  readonly words: DecodingError

  constructor(words: DecodingError) {
    super(words.message)
    this.words = words
  }
}

function tooLarge(name: string, limit: number): DecodingError {
  return new DecodingError(
    `${name} is over the ${sizeInWords(limit)} that this place can take`,
    'model_too_large',
    'model',
  )
}
