/**
 * The one interface every decoding method is written against, and every runtime implements.
 *
 * A language model here is nothing but the chain rule's factor: given the tokens so far, it gives one row of
 * logits for the next. Its three verbs beyond that (`fork`, `truncate`, `keep`) are what beam search, speculative
 * and tree decoding need of the cache.
 */
export interface LanguageModel {
  readonly config: ModelConfig
  createCache(): KVCache
  /**
   * A cache for a text that never ends: each token sees the first `sinks` tokens and the last `window`, itself included,
   * as if what lies between had never been there. Its `length` counts all tokens fed, its `bytes` stay bounded, and it
   * can be truncated to anything from its length before the last step on, or to `sinks` or less. Only runtimes that can
   * do this have the method; steps of such a cache hold at most `contextLength` tokens and no trees.
   *
   * @throws {DecodingError} if `sinks` + `window` is over `contextLength`
   */
  createSlidingCache?(window: SlidingWindow): KVCache
  /**
   * One forward pass. Each step appends its tokens to its own cache.
   *
   * @returns for each step one row of logits ([vocabSize], natural-log odds, unnormalised) per position asked for.
   *          A row belongs to the caller, who may change it in place.
   * @throws  {RangeError} if a cache would hold more than `contextLength` tokens (unless it slides) or has an id outside the vocabulary;
   *          no cache is changed then
   */
  forward(steps: ForwardStep[]): Promise<Float32Array[][]>
  /** Frees weights and sessions; the model and its caches are unusable afterwards. */
  dispose(): Promise<void>
}

/** Xiao et al. 2023, "Efficient Streaming Language Models with Attention Sinks". */
export interface SlidingWindow {
  /** Tokens from the beginning that stay visible, ≥ 0. */
  readonly sinks: number
  /** Last tokens that are visible, ≥ 1. */
  readonly window: number
}

export interface ModelConfig {
  readonly vocabSize: number
  /** Most tokens a cache can hold. */
  readonly contextLength: number
  readonly bosId: number | null
  /** Any of these ends a generation. */
  readonly eosIds: readonly number[]
  /** Number of weights; about one multiply-add each per token. Sets how often generation lets others run. */
  readonly parameters: number
  /** Changes whenever the same input could give other logits: weights, quantisation, runtime. */
  readonly fingerprint: string
}

export interface ForwardStep {
  cache: KVCache
  /** n ≥ 1 token ids. */
  tokens: ArrayLike<number>
  /** Tree attention: the parent of each token as an index into `tokens`, -1 for the end of the cache. */
  parents?: ArrayLike<number>
  /** Which positions to return logits for; the last by default. */
  rows?: 'last' | 'all'
}

/** Keys and values of the tokens fed so far. */
export interface KVCache {
  /** Tokens held. */
  readonly length: number
  /** Memory held, in bytes; what a fork shares with its origin may be counted in both. */
  readonly bytes: number
  /** A second cache with the same past; either may go on without the other noticing. */
  fork(): KVCache
  /** Rolls back to the first `length` tokens. */
  truncate(length: number): void
  /** After a tree step: keeps the tokens at these indexes of the step, root to leaf, and drops its others. */
  keep(path: ArrayLike<number>): void
  dispose(): void
}
