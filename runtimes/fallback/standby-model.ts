import type {
  ForwardStep,
  KVCache,
  LanguageModel,
  ModelConfig,
} from '../../decoder/language-model.ts'
import type { MultiTokenModel } from '../../decoder/strategies/index.ts'

/** How long after a failed pass the news of a lost processor may come, in milliseconds. */
const NEWS_MS = 1000

/**
 * A model that goes on with another one when the first is lost, as a graphics processor is when its driver restarts
 * or the laptop sleeps. Caches remember their tokens and are computed again when they are next used, so a generation
 * goes on in the middle of a sentence.
 */
export class StandbyModel implements MultiTokenModel {
  /** Of the first model; 0 if it has none. */
  readonly heads: number
  #model: LanguageModel
  readonly #standby: () => Promise<LanguageModel>
  readonly #loss: Promise<void>
  #isLost = false
  #replacing: Promise<void> | null = null

  /**
   * @param loss     settles when the first model's processor is lost; a pass may hang from then on
   * @param standby  makes the other model, of the same vocabulary and heads; called once the first is lost
   */
  constructor(model: LanguageModel, loss: Promise<unknown>, standby: () => Promise<LanguageModel>) {
    this.#model = model
    this.heads = hasHeads(model) ? model.heads : 0
    this.#standby = standby
    this.#loss = loss.then(() => {
      this.#isLost = true
    })
  }

  get config(): ModelConfig {
    return this.#model.config
  }

  createCache(): StandbyCache {
    return new StandbyCache(this.#model)
  }

  forward(steps: ForwardStep[]): Promise<Float32Array[][]> {
    return this.#surviving((model) => this.#run(model, steps))
  }

  headLogits(cache: KVCache): Promise<Float32Array[]> {
    return this.#surviving(async (model) => {
      if (!hasHeads(model)) throw new TypeError('The model has no heads')
      const own = cache as StandbyCache
      await own.moveTo(model)
      return model.headLogits(own.inner)
    })
  }

  dispose(): Promise<void> {
    return this.#model.dispose()
  }

  /** Does this with the first model or, once that is lost, with the other. */
  async #surviving<T>(work: (model: LanguageModel) => Promise<T[]>): Promise<T[]> {
    if (!this.#isLost) {
      try {
        const rows = await Promise.race([work(this.#model), this.#loss])
        if (rows) return rows
      } catch (error) {
        if (error instanceof RangeError) throw error
        await Promise.race([this.#loss, new Promise((resolve) => setTimeout(resolve, NEWS_MS))])
        if (!this.#isLost) throw error
      }
    }
    await (this.#replacing ??= this.#replace())
    return work(this.#model)
  }

  async #replace(): Promise<void> {
    try {
      this.#model = await this.#standby()
    } catch (error) {
      // The next pass may try again, when there is a network.
      this.#replacing = null
      throw error
    }
  }

  async #run(model: LanguageModel, steps: ForwardStep[]): Promise<Float32Array[][]> {
    const caches = steps.map(({ cache }) => cache as StandbyCache)
    for (const cache of caches) await cache.moveTo(model)
    const rows = await model.forward(
      steps.map((step, index) => ({ ...step, cache: caches[index]!.inner })),
    )
    // Late news from a lost model must not count twice.
    if (model === this.#model) {
      for (const [index, { tokens }] of steps.entries()) caches[index]!.append(tokens)
    }
    return rows
  }
}

/** The decoder's own, once more: runtimes take only types from there. */
const hasHeads = (model: LanguageModel): model is MultiTokenModel =>
  'heads' in model && Number(model.heads) > 0

/** A cache that can be made again on another model. */
class StandbyCache implements KVCache {
  #model: LanguageModel
  #inner: KVCache
  #tokens: number[]
  /** Tokens before the last step, whose nodes `keep` counts from zero. */
  #stepStart = 0

  constructor(model: LanguageModel, inner = model.createCache(), tokens: number[] = []) {
    this.#model = model
    this.#inner = inner
    this.#tokens = tokens
  }

  get inner(): KVCache {
    return this.#inner
  }

  get length(): number {
    return this.#tokens.length
  }

  get bytes(): number {
    return this.#inner.bytes
  }

  fork(): StandbyCache {
    return new StandbyCache(this.#model, this.#inner.fork(), this.#tokens.slice())
  }

  truncate(length: number): void {
    this.#inner.truncate(length)
    this.#tokens.length = length
    this.#stepStart = Math.min(this.#stepStart, length)
  }

  keep(path: ArrayLike<number>): void {
    this.#inner.keep(path)
    const kept = Array.from(path, (node) => this.#tokens[this.#stepStart + node]!)
    this.#tokens.splice(this.#stepStart, Infinity, ...kept)
  }

  dispose(): void {
    this.#inner.dispose()
  }

  append(tokens: ArrayLike<number>): void {
    this.#stepStart = this.#tokens.length
    this.#tokens.push(...Array.from(tokens))
  }

  async moveTo(model: LanguageModel): Promise<void> {
    if (model === this.#model) return
    const inner = model.createCache()
    if (this.#tokens.length > 0) await model.forward([{ cache: inner, tokens: this.#tokens }])
    this.#inner = inner
    this.#model = model
  }
}
