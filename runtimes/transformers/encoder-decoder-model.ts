import type { EncoderDecoderModel, TokenRules } from '../../decoder/encoder-decoder.ts'
import type { OnnxCache } from './cache.ts'
import { KeyValues, noKeyValues } from './key-values.ts'
import { OnnxLanguageModel } from './language-model.ts'
import { logitRows } from './logit-rows.ts'
import type { Session, Tensor } from './onnx-runtime.ts'
import { SourceCache } from './source-cache.ts'

type Parts = ConstructorParameters<typeof OnnxLanguageModel>[0] & {
  encoder: Session
  targetStart: readonly number[]
  sourceEnd: number | null
  rules: TokenRules
}

/**
 * An encoder and a decoder that transformers.js has loaded. The encoder runs once for a source; the decoder's graph has
 * two branches, of which the first makes the source's keys and values and the other uses them.
 */
export class OnnxEncoderDecoderModel extends OnnxLanguageModel implements EncoderDecoderModel {
  readonly targetStart: readonly number[]
  readonly sourceEnd: number | null
  readonly rules: TokenRules
  readonly #encoder: Session
  readonly #noSource: ReadonlyMap<string, Tensor>

  constructor(parts: Parts) {
    super(parts)
    this.#encoder = parts.encoder
    this.targetStart = parts.targetStart
    this.sourceEnd = parts.sourceEnd
    this.rules = parts.rules
    this.#noSource = noKeyValues(parts.graph.sourceCaches, parts.runtime).tensors
  }

  override createCache(): never {
    throw new Error('A target needs a source: `encode` makes its cache')
  }

  async encode(source: readonly number[]): Promise<SourceCache> {
    const { contextLength, vocabSize } = this.config
    if (source.length === 0 || source.length > contextLength) {
      throw new RangeError(`A source has 1 to ${contextLength} tokens, not ${source.length}`)
    }
    const stray = source.find((id) => !Number.isInteger(id) || id < 0 || id >= vocabSize)
    if (stray !== undefined) {
      throw new RangeError(`Token ${stray} is outside the vocabulary of ${vocabSize}`)
    }
    const ids = this.#integers(source)
    const mask = this.#integers(new Array(source.length).fill(1))
    const outputs = await this.alone(() =>
      this.#encoder.run({ input_ids: ids, attention_mask: mask }),
    )
    const hidden = outputs.last_hidden_state!
    const none = noKeyValues(this.graph.caches, this.runtime)
    return new SourceCache({ hidden, mask, keyValues: null }, none)
  }

  override async dispose(): Promise<void> {
    await super.dispose()
    await this.#encoder.release()
  }

  /** The branch that knows the source's keys and values takes one token at a time: exporters make it for no more. */
  protected override async append(
    cache: OnnxCache,
    tokens: readonly number[],
    keep: number,
  ): Promise<Float32Array[]> {
    if (!(cache instanceof SourceCache)) throw new TypeError('The cache has no source')
    await this.cutOff(cache)
    if (cache.length === 0) return this.#pass(cache, tokens, keep)
    const start = cache.length
    const rows: Float32Array[] = []
    for (const token of tokens) rows.push(...(await this.#pass(cache, [token], 1)))
    cache.joinSteps(start)
    return rows.slice(-keep)
  }

  async #pass(
    cache: SourceCache,
    tokens: readonly number[],
    keep: number,
  ): Promise<Float32Array[]> {
    const past = cache.length
    const { source } = cache
    const { Tensor } = this.runtime
    const feeds: Record<string, Tensor> = {
      ...Object.fromEntries(cache.keyValues.tensors),
      ...Object.fromEntries((past > 0 && source.keyValues) || this.#noSource),
      encoder_hidden_states: source.hidden,
      encoder_attention_mask: source.mask,
      use_cache_branch: new Tensor('bool', [past > 0], [1]),
    }
    this.feed(feeds, 'input_ids', [1, tokens.length], tokens)
    // Not every export asks for all of these.
    const asked = Object.entries(feeds).filter(([name]) => this.graph.inputs.has(name))
    const outputs = await this.session.run(Object.fromEntries(asked))
    source.keyValues ??= new Map(
      this.graph.sourceCaches.map(({ input, output }) => [input, outputs[output]!]),
    )
    const tensors = new Map(
      this.graph.caches.map(({ input, output }) => [input, outputs[output]!] as const),
    )
    cache.replace(new KeyValues(past + tokens.length, tensors))
    return logitRows(outputs.logits!, keep)
  }

  #integers(values: readonly number[]): Tensor {
    return new this.runtime.Tensor('int64', BigInt64Array.from(values, BigInt), [1, values.length])
  }
}
