import { DecodingError } from '../../decoder/errors.ts'
import { download, missingBytes } from '../files/download.ts'
import type { DownloadContext } from '../files/download-context.ts'
import type { FileFacts } from '../files/file-facts.ts'
import { inflate } from '../files/gzip.ts'
import { currentOrStoredFacts } from '../files/model-files.ts'
import type { ProgressMeter } from '../files/progress.ts'

/**
 * The WebAssembly part of ONNX Runtime in a browser. It is served gzip-ed (14.2 MB become 3.7 MB, and the 25 MB limit
 * on static files is kept), stored like the model's files, and so there without a network.
 */
export class EngineFile {
  readonly name: string
  readonly #url: string
  readonly #context: DownloadContext

  /**
   * @param build    `ort-wasm-simd-threaded` or another build's name
   * @param version  the script's: script and WebAssembly must be of one version, also when one of them was stored
   */
  constructor(build: string, version: string, runtimeBase: string, context: DownloadContext) {
    this.name = `${build}.wasm.gz`
    this.#url = `${new URL(this.name, runtimeBase).href}?v=${version}`
    this.#context = context
  }

  async #facts(): Promise<FileFacts> {
    const facts = await currentOrStoredFacts(this.name, this.#url, this.#context)
    if (!facts) throw this.#missing()
    return facts
  }

  /** Bytes still to fetch, compressed. */
  async missing(): Promise<number> {
    return missingBytes(await this.#facts(), this.#context.store)
  }

  /**
   * Announces the download, so that its size is known before any begins.
   *
   * @returns what fetches and inflates it
   * @throws {DecodingError} `model_unusable` if what is there is no WebAssembly
   */
  async prepare(meter: ProgressMeter): Promise<(signal: AbortSignal) => Promise<ArrayBuffer>> {
    const facts = await this.#facts()
    meter.expect(this.name, facts.bytes)
    return async (signal) => {
      const onBytes = (here: number) => meter.update(this.name, here)
      const packed = await download(facts, { ...this.#context, signal, onBytes })
      const bytes = await inflate(this.name, packed)
      // A failed start can't be repeated, so what is no engine must not reach it.
      if (new TextDecoder('latin1').decode(bytes.subarray(0, 4)) !== '\0asm') throw this.#missing()
      return bytes.buffer
    }
  }

  #missing(): DecodingError {
    return new DecodingError(
      `The engine's file ${this.name} is not where it should be`,
      'model_unusable',
    )
  }
}
