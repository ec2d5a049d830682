import type { KVCache, ModelConfig, MultiTokenModel } from '../../decoder/index.ts'
import { Random } from '../../decoder/numerics/random.ts'
import { TableModel } from './table-model.ts'

/** Random logits after each pair of tokens; texts soon repeat themselves, but not word for word. */
export function markovLogits(vocabSize: number, seed: number, spread = 4) {
  const rows = new Map<number, number[]>()
  return (tokens: readonly number[]): number[] => {
    const key = (tokens.at(-2) ?? 0) * vocabSize + tokens.at(-1)!
    let row = rows.get(key)
    if (!row) {
      const random = new Random(seed * 100_003 + key)
      row = Array.from({ length: vocabSize }, () => random.next() * spread)
      rows.set(key, row)
    }
    return row
  }
}

export function markovModel(
  vocabSize: number,
  seed: number,
  config: Partial<ModelConfig> = {},
): TableModel {
  return new TableModel(markovLogits(vocabSize, seed), config)
}

/** Almost the same model: a draft that is often right and sometimes not. */
export function similarModel(
  vocabSize: number,
  seed: number,
  config: Partial<ModelConfig> = {},
): TableModel {
  const exact = markovLogits(vocabSize, seed)
  const noise = markovLogits(vocabSize, seed + 1, 1.5)
  return new TableModel((tokens) => exact(tokens).map((x, id) => x + noise(tokens)[id]!), config)
}

/** A model with two heads, each guessing from the likeliest continuation, not quite rightly. */
export class HeadedModel extends TableModel implements MultiTokenModel {
  readonly heads = 2
  private readonly logits: (tokens: readonly number[]) => number[]
  private readonly noise: (tokens: readonly number[]) => number[]

  constructor(vocabSize: number, seed: number, config: Partial<ModelConfig> = {}) {
    const logits = markovLogits(vocabSize, seed)
    super(logits, config)
    this.logits = logits
    this.noise = markovLogits(vocabSize, seed + 2, 1.5)
  }

  async headLogits(cache: KVCache): Promise<Float32Array[]> {
    const tokens = [...(cache as KVCache & { tokens: number[] }).tokens]
    return Array.from({ length: this.heads }, () => {
      const row = this.logits(tokens)
      tokens.push(row.indexOf(Math.max(...row)))
      const ahead = this.logits(tokens)
      return Float32Array.from(ahead, (x, id) => x + this.noise(tokens)[id]!)
    })
  }
}
