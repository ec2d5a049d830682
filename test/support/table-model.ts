import type { ForwardStep, KVCache, LanguageModel, ModelConfig } from '../../decoder/index.ts'

/**
 * A language model whose next-token logits a test writes down: a function of the tokens so far. Its cache is the list
 * of those tokens, so every cache verb can be checked by eye.
 */
export class TableModel implements LanguageModel {
  readonly config: ModelConfig
  /** Tokens fed in each forward step so far, to see what was computed. */
  readonly fed: number[][] = []
  caches = 0
  private readonly next: (tokens: readonly number[]) => readonly number[]

  constructor(
    next: (tokens: readonly number[]) => readonly number[],
    config: Partial<ModelConfig> = {},
  ) {
    this.next = next
    this.config = {
      vocabSize: next([0]).length,
      contextLength: 64,
      bosId: null,
      eosIds: [0],
      parameters: 1e6,
      fingerprint: 'table',
      ...config,
    }
  }

  logitsAfter(tokens: readonly number[]): readonly number[] {
    return this.next(tokens)
  }

  createCache(): KVCache {
    return new ListCache(this, [])
  }

  async forward(steps: ForwardStep[]): Promise<Float32Array[][]> {
    return steps.map(({ cache: given, tokens, parents, rows }) => {
      const cache = given as ListCache
      const list = cache.tokens
      if (list.length + tokens.length > this.config.contextLength)
        throw new RangeError('context full')
      this.fed.push(Array.from(tokens))
      const out: Float32Array[] = []
      const past = [...list]
      /** From the end of the cache to each token. */
      const paths: number[][] = []
      for (const [i, id] of Array.from(tokens).entries()) {
        list.push(id)
        const parent = parents ? parents[i]! : i - 1
        paths.push([...(parent < 0 ? [] : paths[parent]!), id])
        out.push(Float32Array.from(this.next([...past, ...paths[i]!])))
      }
      cache.lastStep = { start: past.length, parents: parents ? Array.from(parents) : null }
      return rows === 'all' ? out : out.slice(-1)
    })
  }

  async dispose(): Promise<void> {}
}

class ListCache implements KVCache {
  readonly tokens: number[]
  lastStep: { start: number; parents: number[] | null } = { start: 0, parents: null }
  private readonly model: TableModel

  constructor(model: TableModel, tokens: number[]) {
    this.model = model
    this.tokens = tokens
    model.caches++
  }

  get length(): number {
    return this.tokens.length
  }

  get bytes(): number {
    return this.tokens.length * 100
  }

  fork(): KVCache {
    return new ListCache(this.model, [...this.tokens])
  }

  truncate(length: number): void {
    this.tokens.length = length
  }

  keep(path: ArrayLike<number>): void {
    const { start, parents } = this.lastStep
    const nodes = Array.from(path)
    const isPath = nodes.every((node, i) => (parents?.[node] ?? node - 1) === (nodes[i - 1] ?? -1))
    if (!isPath) throw new RangeError(`[${nodes}] is no path`)
    const kept = nodes.map((node) => this.tokens[start + node]!)
    this.tokens.splice(start, this.tokens.length, ...kept)
  }

  dispose(): void {
    this.model.caches--
  }
}

/** A row of logits that makes one token (nearly) certain. */
export function certain(id: number, vocabSize: number): number[] {
  return Array.from({ length: vocabSize }, (_, token) => (token === id ? 10 : 0))
}

/** A model that answers every prompt of length `prompt` with this script, token after token, whatever is drawn. */
export function scriptedModel(
  script: readonly number[],
  prompt: number,
  config: Partial<ModelConfig> & { vocabSize: number },
): TableModel {
  return new TableModel(
    (tokens) => certain(script[tokens.length - prompt] ?? 0, config.vocabSize),
    config,
  )
}

/** Logits that look random, a function of the last two tokens. */
export const scrambled = (vocabSize: number, seed: number) => (tokens: readonly number[]) =>
  Array.from({ length: vocabSize }, (_, id) => {
    const mixed = Math.imul(
      (tokens.at(-1)! * 31 + (tokens.at(-2) ?? 7)) * 131 + id * 17 + seed,
      0x9e3779b1,
    )
    return ((mixed >>> 8) % 4000) / 1000 - 2
  })
