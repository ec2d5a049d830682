/**
 * Two matrices, each [size, width] row by row, learnt with the model by contrast (Karpukhin et al. 2020, "Dense Passage
 * Retrieval for Open-Domain Question Answering").
 */
export interface LookupWeights {
  /** Of the model's states. */
  readonly width: number
  readonly question: Float32Array
  readonly unit: Float32Array
  /** Cosine below which a unit does not answer a question, -1 to 1. */
  readonly threshold: number
}

/** The space in which a question lies near what answers it. */
export class LookupSpace {
  readonly #weights: LookupWeights

  constructor(weights: LookupWeights) {
    this.#weights = weights
  }

  get threshold(): number {
    return this.#weights.threshold
  }

  /** @param state  at a question's last token, [width] */
  ofQuestion(state: Float32Array): Float32Array {
    return this.#direction(this.#weights.question, state)
  }

  /** @param state  at the last token of a unit that stands alone, [width] */
  ofUnit(state: Float32Array): Float32Array {
    return this.#direction(this.#weights.unit, state)
  }

  /** A vector of length 1. */
  #direction(matrix: Float32Array, state: Float32Array): Float32Array {
    const { width } = this.#weights
    const direction = new Float32Array(matrix.length / width)
    let square = 0
    for (const row of direction.keys()) {
      let sum = 0
      for (let i = 0; i < width; i++) sum += matrix[row * width + i]! * state[i]!
      direction[row] = sum
      square += sum * sum
    }
    const length = Math.sqrt(square) || 1
    return direction.map((x) => x / length)
  }
}

/** Of two directions; from -1 to 1, the nearer the greater. */
export function cosine(a: Float32Array, b: Float32Array): number {
  let sum = 0
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!
  return sum
}
