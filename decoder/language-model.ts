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
   * One forward pass. Each step appends its tokens to its own cache.
   *
   * @returns for each step one row of logits ([vocabSize], natural-log odds, unnormalised) per position asked for.
   *          A row belongs to the caller, who may change it in place.
   * @throws  {RangeError} if a step would hold more than `contextLength` tokens or has an id outside the vocabulary;
   *          no cache is changed then
   */
  forward(steps: ForwardStep[]): Promise<Float32Array[][]>
  /** Frees weights and sessions; the model and its caches are unusable afterwards. */
  dispose(): Promise<void>
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
