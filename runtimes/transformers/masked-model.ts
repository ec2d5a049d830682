import { DecodingError } from '../../decoder/errors.ts'
import type { MaskedModel } from '../../decoder/index.ts'
import { reasonInWords } from './engine-error.ts'
import { logitRows } from './logit-rows.ts'
import type { ModelParts } from './model-parts.ts'
import { type OnnxRuntime, type Session, UNPACKED_ONCE } from './onnx-runtime.ts'

/** What models call the token that stands for a place to be filled. */
const MASKS = ['[MASK]', '<mask>', '<|mask|>']

/** A masked language model (BERT and its kin) on ONNX Runtime: all places of a text in one pass. */
export class OnnxMaskedModel implements MaskedModel {
  readonly vocabSize: number
  readonly maskId: number
  readonly #runtime: OnnxRuntime
  readonly #session: Session

  constructor(runtime: OnnxRuntime, session: Session, { vocabSize, maskId }: Vocabulary) {
    this.vocabSize = vocabSize
    this.maskId = maskId
    this.#runtime = runtime
    this.#session = session
  }

  async predict(tokens: readonly number[]): Promise<Float32Array[]> {
    const integers = (value: (id: number) => number) =>
      new this.#runtime.Tensor(
        'int64',
        BigInt64Array.from(tokens, (id) => BigInt(value(id))),
        [1, tokens.length],
      )
    const given: Record<string, (id: number) => number> = {
      input_ids: (id) => id,
      attention_mask: () => 1,
      token_type_ids: () => 0,
    }
    const feeds = this.#session.inputNames.map((name) => [name, integers(given[name]!)] as const)
    const { logits } = await this.#session.run(Object.fromEntries(feeds), ['logits'])
    const rows = logitRows(logits!, tokens.length)
    // Of one row, the engine's own memory is given.
    return rows.map((row) => row.slice())
  }

  async dispose(): Promise<void> {
    await this.#session.release()
  }
}

interface Vocabulary {
  vocabSize: number
  maskId: number
}

/**
 * Makes a fetched masked model run on the processor.
 *
 * @throws {DecodingError} `model_unusable` if its graph takes anything but a text, or its tokenizer has no mask
 */
export async function startMaskedModel(parts: ModelParts): Promise<OnnxMaskedModel> {
  const { source, config, runtime, graphFiles, tokenizer } = parts
  const unusable = (reason: string) =>
    new DecodingError(
      `The model "${source.id}" can't be used: ${reason}`,
      'model_unusable',
      'model',
    )
  const mask = MASKS.find((name) => tokenizer.specialTokens.has(name))
  if (mask === undefined) throw unusable(`its tokenizer has none of ${MASKS.join(', ')}`)
  const [graph] = graphFiles.values()
  let session: Session
  try {
    session = await runtime.InferenceSession.create(graph!, {
      executionProviders: ['wasm'],
      extra: UNPACKED_ONCE,
    })
  } catch (error) {
    throw unusable(reasonInWords(error, config.model_type))
  }
  const takes = session.inputNames.join(', ')
  const isMasked =
    /^(input_ids|attention_mask|token_type_ids|, )+$/.test(takes) &&
    session.outputNames.includes('logits')
  if (!isMasked) {
    await session.release()
    throw unusable(`a masked model takes a text and gives logits; this one takes ${takes}`)
  }
  const maskId = tokenizer.specialTokens.get(mask)!
  return new OnnxMaskedModel(runtime, session, { vocabSize: Number(config.vocab_size), maskId })
}
