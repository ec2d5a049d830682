import type { ForwardStep, KVCache, ModelConfig } from '../../decoder/language-model.ts'
import type { MultiTokenModel } from '../../decoder/strategies/index.ts'
import { checkParents, treeStep } from '../fallback/tree-step.ts'
import { OnnxCache } from './cache.ts'
import type { DecoderGraph } from './decoder-graph.ts'
import { HIDDEN_STATES, type OnnxHeads } from './heads.ts'
import { KeyValues, noKeyValues } from './key-values.ts'
import { logitRows } from './logit-rows.ts'
import type { OnnxRuntime, Session, Tensor } from './onnx-runtime.ts'

/**
 * Any decoder that transformers.js has loaded, behind the decoder's interface. The graph is fed here and not through
 * `model.forward`: that one chains all calls of a page on one promise, which a single failed call would break for good.
 */
export class OnnxLanguageModel implements MultiTokenModel {
  readonly config: ModelConfig
  /** Multi-token heads; 0 for most models. */
  readonly heads: number
  protected readonly runtime: OnnxRuntime
  protected readonly session: Session
  protected readonly graph: DecoderGraph
  readonly #heads: OnnxHeads | null
  readonly #empty: KeyValues
  /** First position's number, where the graph asks for positions. */
  readonly #firstPosition: number
  /** The pass at work; sessions are not re-entrant. */
  #running: Promise<unknown> | null = null

  constructor(parts: {
    runtime: OnnxRuntime
    session: Session
    graph: DecoderGraph
    config: ModelConfig
    firstPosition?: number
    heads?: OnnxHeads | null
  }) {
    this.config = parts.config
    this.#heads = parts.heads ?? null
    this.heads = this.#heads?.count ?? 0
    this.runtime = parts.runtime
    this.session = parts.session
    this.graph = parts.graph
    this.#firstPosition = parts.firstPosition ?? 0
    this.#empty = noKeyValues(parts.graph.caches, parts.runtime)
  }

  createCache(): OnnxCache {
    return new OnnxCache(this.#empty.share())
  }

  forward(steps: ForwardStep[]): Promise<Float32Array[][]> {
    return this.alone(() => this.#forward(steps))
  }

  async headLogits(cache: KVCache): Promise<Float32Array[]> {
    if (!(cache instanceof OnnxCache)) throw new TypeError('The cache is of another model')
    const { state } = cache
    if (!state) throw new Error('The heads read what a pass left at the last token of the cache')
    return this.alone(() => this.#heads!.logits(state))
  }

  /** Does this when nothing else of the model is at work. */
  protected async alone<T>(work: () => Promise<T>): Promise<T> {
    while (this.#running) await this.#running.catch(() => {})
    const pass = work()
    this.#running = pass
    try {
      return await pass
    } finally {
      this.#running = null
    }
  }

  async dispose(): Promise<void> {
    await this.#running?.catch(() => {})
    await this.session.release()
    await this.#heads?.release()
  }

  async #forward(steps: ForwardStep[]): Promise<Float32Array[][]> {
    const checked = this.#check(steps)
    const results: Float32Array[][] = []
    for (const { cache, tokens, parents, rows } of checked) {
      if (!parents || isChain(parents)) {
        results.push(await this.append(cache, tokens, rows === 'all' ? tokens.length : 1))
        continue
      }
      const tree = await treeStep(cache, tokens, parents, (branch, path) =>
        this.append(branch, path, path.length),
      )
      cache.branchOut(tree.branches, tokens.length)
      results.push(rows === 'all' ? tree.rows : tree.rows.slice(-1))
    }
    return results
  }

  /** One pass of the graph; the cache changes only if it succeeds. */
  protected async append(
    cache: OnnxCache,
    tokens: readonly number[],
    keep: number,
  ): Promise<Float32Array[]> {
    const past = cache.length
    await this.cutOff(cache)
    const total = past + tokens.length
    const feeds: Record<string, Tensor> = Object.fromEntries(cache.keyValues.tensors)
    this.feed(feeds, 'input_ids', [1, tokens.length], tokens)
    this.feed(feeds, 'attention_mask', [1, total], new Array(total).fill(1))
    const positions = tokens.map((_, index) => this.#firstPosition + past + index)
    this.feed(feeds, 'position_ids', [1, tokens.length], positions)
    this.feed(feeds, 'num_logits_to_keep', [], [keep])
    if (this.graph.inputs.has('use_cache_branch')) {
      feeds.use_cache_branch = new this.runtime.Tensor('bool', [past > 0], [1])
    }
    const outputs = await this.session.run(feeds)
    const tensors = new Map<string, Tensor>()
    for (const { input, output } of this.graph.caches) tensors.set(input, outputs[output]!)
    cache.replace(new KeyValues(total, tensors))
    if (this.#heads) cache.remember(logitRows(outputs[HIDDEN_STATES]!, keep))
    return logitRows(outputs.logits!, keep)
  }

  /** Drops from a cache's tensors what was rolled back. */
  protected async cutOff(cache: OnnxCache): Promise<void> {
    const { keyValues, length } = cache
    if (keyValues.length === length) return
    cache.replace(await keyValues.first(length, this.graph.caches, this.runtime))
  }

  /** Sets an integer input if the graph has it, in the type and rank that the graph asks for. */
  protected feed(
    feeds: Record<string, Tensor>,
    name: string,
    dims: readonly number[],
    values: readonly number[],
  ): void {
    const input = this.graph.inputs.get(name)
    if (!input) return
    const shape = dims.length === 0 && input.dims.length === 1 ? [1] : dims
    const { Tensor } = this.runtime
    feeds[name] =
      input.type === 'int32'
        ? new Tensor('int32', Int32Array.from(values), shape)
        : new Tensor('int64', BigInt64Array.from(values, BigInt), shape)
  }

  /** Looks at everything before anything changes. */
  #check(steps: ForwardStep[]) {
    const { vocabSize, contextLength } = this.config
    const lengths = new Map<OnnxCache, number>()
    return steps.map((step) => {
      const { cache, parents, rows } = step
      if (!(cache instanceof OnnxCache)) throw new TypeError('The cache is of another model')
      if (cache.undecided) throw new Error('`keep` must choose a path of the last tree step first')
      const tokens = Array.from(step.tokens)
      if (tokens.length === 0) throw new RangeError('A step needs at least one token')
      const stray = tokens.find((id) => !Number.isInteger(id) || id < 0 || id >= vocabSize)
      if (stray !== undefined) {
        throw new RangeError(`Token ${stray} is outside the vocabulary of ${vocabSize}`)
      }
      const length = (lengths.get(cache) ?? cache.length) + tokens.length
      if (length > contextLength) {
        throw new RangeError(`${length} tokens are more than the context of ${contextLength}`)
      }
      lengths.set(cache, length)
      if (parents) checkParents(tokens.length, parents)
      return { cache, tokens, parents, rows }
    })
  }
}

const isChain = (parents: ArrayLike<number>) =>
  Array.from(parents).every((parent, index) => parent === index - 1)
