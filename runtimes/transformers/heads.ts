import { DecodingError } from '../../decoder/errors.ts'
import { reasonInWords } from './engine-error.ts'
import { logitRows } from './logit-rows.ts'
import { type OnnxRuntime, type Session, UNPACKED_ONCE } from './onnx-runtime.ts'

/** Where a model's multi-token heads lie: a graph beside the decoder's, whatever the precision of that. */
export const HEADS_FILE = 'onnx/heads.onnx'
/** The decoder's output that the heads read. */
export const HIDDEN_STATES = 'hidden_states'
const MOST = 8

/**
 * Multi-token heads as a graph: `hidden_states` [rows, width], what the model's output matrix is multiplied by, to
 * `head_logits` [rows, heads, vocabSize].
 */
export class OnnxHeads {
  /** How many there are, 1 to 8. */
  readonly count: number
  readonly #runtime: OnnxRuntime
  readonly #session: Session

  /**
   * Always on the processor: a pass of the heads is short, and 8-bit graphs go wrong on graphics processors.
   *
   * @param decoder    gives the states
   * @param vocabSize  of the decoder
   * @throws {DecodingError} `model_unusable` if the file is something else, or holds heads of another model
   */
  static async start(
    runtime: OnnxRuntime,
    file: Uint8Array,
    decoder: Session,
    vocabSize: number,
  ): Promise<OnnxHeads> {
    const width = lastSize(decoder.outputMetadata, HIDDEN_STATES)
    if (typeof width !== 'number') throw unusable(`the model's graph has no ${HIDDEN_STATES}`)
    const session = await runtime.InferenceSession.create(file, {
      executionProviders: ['wasm'],
      extra: UNPACKED_ONCE,
    }).catch((error) => {
      throw unusable(reasonInWords(error, null))
    })
    try {
      return new OnnxHeads(runtime, session, countHeads(session, width, vocabSize))
    } catch (error) {
      await session.release()
      throw error
    }
  }

  private constructor(runtime: OnnxRuntime, session: Session, count: number) {
    this.#runtime = runtime
    this.#session = session
    this.count = count
  }

  /**
   * @param state  of one token, [width]
   * @returns for each head a row of logits, the caller's own
   */
  async logits(state: Float32Array): Promise<Float32Array[]> {
    const states = new this.#runtime.Tensor('float32', state, [1, state.length])
    const { head_logits } = await this.#session.run({ [HIDDEN_STATES]: states })
    return logitRows(head_logits!, this.count)
  }

  release(): Promise<void> {
    return this.#session.release()
  }
}

function countHeads(session: Session, width: number, vocabSize: number): number {
  const takes = lastSize(session.inputMetadata, HIDDEN_STATES)
  const [, heads, gives] = shapeOf(session.outputMetadata, 'head_logits') ?? []
  if (takes === undefined || typeof heads !== 'number' || gives === undefined) {
    throw unusable(`it does not turn ${HIDDEN_STATES} into head_logits`)
  }
  if (heads < 1 || heads > MOST) throw unusable(`1 to ${MOST} heads are supported, not ${heads}`)
  if (takes !== width || gives !== vocabSize) {
    throw unusable(
      `it is for a width of ${takes} and ${gives} tokens, and the model has ${width} and ${vocabSize}`,
    )
  }
  return heads
}

type Metadata = Session['inputMetadata']

function shapeOf(metadata: Metadata, name: string) {
  const found = metadata.find((tensor) => tensor.name === name)
  return found?.isTensor ? found.shape : undefined
}

const lastSize = (metadata: Metadata, name: string) => shapeOf(metadata, name)?.at(-1)

const unusable = (why: string) =>
  new DecodingError(`${HEADS_FILE} can't be used: ${why}`, 'model_unusable', 'model')
