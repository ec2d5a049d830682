import { exp } from '../numerics/exp-log.ts'
import type { Tokenizer } from '../tokenizer.ts'

/** How the words of one kind of text add up: each counts exp(gate · vector + bias), and their sum goes through a matrix. */
export interface Side {
  /** [width] */
  readonly gate: Float32Array
  readonly bias: number
  /** [width, width] row by row, from the sum to a direction. */
  readonly map: Float32Array
}

/** Learnt by contrast from questions and what answers them: `model/train/fit_lookup.py`. */
export interface LookupWeights {
  readonly width: number
  /** Of a vector each, in lower case. */
  readonly words: readonly string[]
  /** The vector of a word by its place in the list, and after the words that of each token of the tokenizer, [width]. */
  vector(row: number): Float32Array
  readonly unit: Side
  readonly question: Side
  /** Of the exchange before a question, what was asked and what was answered. */
  readonly asked: Side
  readonly answered: Side
  /** How much a question leans on those two: sigmoid of lean · its sum, each with its bias. */
  readonly leanOnAsked: { readonly gate: Float32Array; readonly bias: number }
  readonly leanOnAnswered: { readonly gate: Float32Array; readonly bias: number }
  /** Cosine of what answers nothing, 0 to 1: a unit that is nearer more likely answers than not. */
  readonly nothing: number
  /** How the model begins to say that what it was told does not answer. */
  readonly declines: string
}

/** What was said before a question. */
export interface Exchange {
  asked: string
  answered: string
}

/** Letters, with apostrophes between them; digits; signs that tell what is asked for. */
const WORD = /[\p{L}\p{Nl}\p{No}]+(?:'[\p{L}\p{Nl}\p{No}]+)*|\p{Nd}+|[$€£%@]/gu

/**
 * The space in which a question lies near what answers it.
 *
 * A text is the sum of its words, the telling ones counting most (Arora et al. 2017, "A Simple but Tough-to-Beat Baseline
 * for Sentence Embeddings"); a question and a unit are told apart by matrices of their own (Karpukhin et al. 2020, "Dense
 * Passage Retrieval"). A question like "And on Sunday?" has no telling word, so that what was said before it decides.
 */
export class WordVectors {
  readonly #weights: LookupWeights
  readonly #tokenizer: Tokenizer
  readonly #rows: ReadonlyMap<string, number>

  constructor(weights: LookupWeights, tokenizer: Tokenizer) {
    this.#weights = weights
    this.#tokenizer = tokenizer
    this.#rows = new Map(weights.words.map((word, row) => [word, row]))
  }

  get nothing(): number {
    return this.#weights.nothing
  }

  /** @returns a vector of length 1, or of zeros for a text without words */
  ofUnit(text: string): Float32Array {
    return direction(this.#sum(this.#weights.unit, text))
  }

  /** @returns as `ofUnit` */
  ofQuestion(text: string, before?: Exchange): Float32Array {
    const { question, asked, answered, leanOnAsked, leanOnAnswered } = this.#weights
    const sum = this.#sum(question, text)
    if (before) {
      const [one, other] = [leanOnAsked, leanOnAnswered].map(
        ({ gate, bias }) => 1 / (1 + exp(-dot(gate, sum) - bias)),
      )
      add(sum, this.#sum(asked, before.asked), one!)
      add(sum, this.#sum(answered, before.answered), other!)
    }
    return direction(sum)
  }

  #sum({ gate, bias, map }: Side, text: string): Float32Array {
    const { width } = this.#weights
    const words = new Float32Array(width)
    for (const row of this.#rowsOf(text)) {
      const vector = this.#weights.vector(row)
      add(words, vector, exp(dot(gate, vector) + bias))
    }
    return Float32Array.from({ length: width }, (_, i) =>
      dot(map.subarray(i * width, (i + 1) * width), words),
    )
  }

  /** A word that is not in the list is made of tokens. */
  *#rowsOf(text: string): Generator<number> {
    for (const [word] of text.toLowerCase().replaceAll('’', "'").matchAll(WORD)) {
      const row = this.#rows.get(word)
      if (row !== undefined) yield row
      else for (const id of this.#tokenizer.encode(` ${word}`)) yield this.#rows.size + id
    }
  }
}

/** Of two directions; from -1 to 1, the nearer the greater. */
export function cosine(a: Float32Array, b: Float32Array): number {
  return dot(a, b)
}

function dot(a: Float32Array, b: Float32Array): number {
  let sum = 0
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!
  return sum
}

function add(to: Float32Array, vector: Float32Array, times: number): void {
  for (let i = 0; i < to.length; i++) to[i] = to[i]! + times * vector[i]!
}

function direction(vector: Float32Array): Float32Array {
  const length = Math.sqrt(dot(vector, vector)) || 1
  return vector.map((x) => x / length)
}
