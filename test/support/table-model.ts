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

  createCache(): KVCache {
    return new ListCache(this, [])
  }

  async forward(steps: ForwardStep[]): Promise<Float32Array[][]> {
    return steps.map(({ cache, tokens, rows }) => {
      const list = (cache as ListCache).tokens
      if (list.length + tokens.length > this.config.contextLength)
        throw new RangeError('context full')
      this.fed.push(Array.from(tokens))
      const out: Float32Array[] = []
      for (const id of Array.from(tokens)) {
        list.push(id)
        out.push(Float32Array.from(this.next(list)))
      }
      return rows === 'all' ? out : out.slice(-1)
    })
  }

  async dispose(): Promise<void> {}
}

class ListCache implements KVCache {
  readonly tokens: number[]
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

  keep(): void {
    throw new Error('not used here')
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
