import { Activations } from './activations.ts'
import { type Arena, roundUp } from './arena.ts'
import { Attention } from './attention.ts'
import type { LlamaShape, LlamaWeights } from './llama-weights.ts'
import { embed, ROW_MULTIPLE } from './matrix.ts'
import type { PageLayout } from './paged-cache.ts'
import { MAX_ROWS, type Row, type RowOutput } from './rows.ts'

const LOGIT_ROWS = 8

/** The forward pass, in the order of the architecture (Touvron et al. 2023, "LLaMA"). */
export class Llama {
  readonly #arena: Arena
  readonly #weights: LlamaWeights
  readonly #shape: LlamaShape
  readonly #attention: Attention
  readonly #activations: Activations
  /** Row sizes in numbers; each padded to whole blocks of 32. */
  readonly #width: number
  readonly #ffn: number
  /** Scratch, by what it holds. */
  readonly #residual: number
  readonly #normed: number
  readonly #gate: number
  readonly #up: number
  readonly #branch: number
  readonly #logits: number

  constructor(arena: Arena, weights: LlamaWeights, shape: LlamaShape) {
    this.#arena = arena
    this.#weights = weights
    this.#shape = shape
    this.#attention = new Attention(arena, shape, weights.layers.length, weights.ropeFrequencies)
    this.#width = roundUp(shape.width, 32)
    this.#ffn = roundUp(shape.ffn, 32)
    const rows = (numbers: number) => arena.allocate(MAX_ROWS * numbers * 4 + 64)
    this.#residual = rows(this.#width)
    this.#normed = rows(this.#width)
    this.#gate = rows(this.#ffn)
    this.#up = rows(this.#ffn)
    this.#branch = rows(this.#width)
    this.#logits = arena.allocate(LOGIT_ROWS * roundUp(shape.vocab, ROW_MULTIPLE) * 4)
    const widest = Math.max(this.#width, this.#ffn, this.#attention.width)
    this.#activations = new Activations(arena, MAX_ROWS, widest)
  }

  /** How many multi-token heads there are. */
  get heads(): number {
    return this.#weights.heads.length
  }

  get pageLayout(): PageLayout {
    return this.#attention.pageLayout
  }

  /** Before the first row of a sliding window. @throws {DecodingError} `memory_exhausted` */
  allowWindows(): void {
    this.#attention.allowWindows()
  }

  /**
   * One pass over up to MAX_ROWS tokens, of one sequence or several. Their keys and values are written to their slots.
   *
   * @returns what is asked of the rows that want logits, in order
   */
  forward(rows: readonly Row[]): RowOutput[] {
    const { kernels } = this.#arena
    const count = rows.length
    const weights = this.#weights
    const width = this.#width
    const widthBytes = width * 4
    const ffnBytes = this.#ffn * 4
    const activations = this.#activations
    const attention = this.#attention

    attention.prepare(rows)
    for (const [row, { token }] of rows.entries()) {
      embed(kernels, weights.embedding, token, this.#residual + row * widthBytes)
    }

    for (const [index, layer] of weights.layers.entries()) {
      // Attention: normalise, project to queries, keys and values, rotate, attend, project back, add.
      this.#normalize(this.#residual, layer.attentionNorm, count)
      activations.load(this.#normed, count, width)
      activations.multiply(layer.query, attention.query, attention.width * 4)
      activations.multiply(layer.key, attention.key, attention.keyWidth * 4)
      activations.multiply(layer.value, attention.value, attention.keyWidth * 4)
      attention.run(index, rows)
      activations.load(attention.mixed, count, attention.width)
      activations.multiply(layer.attentionOutput, this.#branch, widthBytes)
      kernels.add(this.#residual, this.#branch, count * width)

      // Feed-forward: normalise, project to gate and up, combine, project back, add.
      this.#normalize(this.#residual, layer.ffnNorm, count)
      activations.load(this.#normed, count, width)
      activations.multiply(layer.gate, this.#gate, ffnBytes)
      activations.multiply(layer.up, this.#up, ffnBytes)
      kernels.swiglu(this.#gate, this.#up, this.#gate, count, this.#ffn, ffnBytes)
      activations.load(this.#gate, count, this.#ffn)
      activations.multiply(layer.down, this.#branch, widthBytes)
      kernels.add(this.#residual, this.#branch, count * width)
    }
    return this.#output(rows)
  }

  /**
   * What each multi-token head makes of a row's state: state + silu(head · state), times the output matrix (Cai et al.
   * 2024, "Medusa").
   */
  headLogits(state: Float32Array): Float32Array[] {
    const { kernels } = this.#arena
    const { heads, output } = this.#weights
    const { vocab } = this.#shape
    const width = this.#width
    const widthBytes = width * 4
    const stride = roundUp(vocab, ROW_MULTIPLE) * 4
    const count = heads.length
    this.#arena.floats(this.#normed, width).set(state)
    this.#activations.load(this.#normed, 1, width)
    for (const [head, matrix] of heads.entries()) {
      this.#activations.multiply(matrix, this.#branch + head * widthBytes, widthBytes)
      this.#copy(this.#normed, this.#residual + head * widthBytes, width)
    }
    const ones = this.#up
    this.#arena.floats(ones, count * width).fill(1)
    kernels.swiglu(this.#branch, ones, this.#branch, count, width, widthBytes)
    kernels.add(this.#residual, this.#branch, count * width)
    this.#activations.load(this.#residual, count, width)
    this.#activations.multiply(output, this.#logits, stride)
    return heads.map((_, head) => this.#arena.floats(this.#logits + head * stride, vocab).slice())
  }

  #normalize(x: number, gain: number, count: number): void {
    const { width, rmsEpsilon } = this.#shape
    const { kernels } = this.#arena
    kernels.rmsNorm(x, gain, this.#normed, count, width, this.#width * 4, rmsEpsilon)
  }

  /** Logits of the rows asked for, a few at a time. */
  #output(rows: readonly Row[]): RowOutput[] {
    const { vocab } = this.#shape
    const widthBytes = this.#width * 4
    const stride = roundUp(vocab, ROW_MULTIPLE) * 4
    const wanted = [...rows.keys()].filter((row) => rows[row]!.wantsLogits)
    const hasHeads = this.#weights.heads.length > 0
    const outputs: RowOutput[] = []
    for (let start = 0; start < wanted.length; start += LOGIT_ROWS) {
      const some = wanted.slice(start, start + LOGIT_ROWS)
      for (const [index, row] of some.entries()) {
        this.#copy(
          this.#residual + row * widthBytes,
          this.#branch + index * widthBytes,
          this.#width,
        )
      }
      this.#normalize(this.#branch, this.#weights.norm, some.length)
      this.#activations.load(this.#normed, some.length, this.#width)
      this.#activations.multiply(this.#weights.output, this.#logits, stride)
      for (const index of some.keys()) {
        const logits = this.#arena.floats(this.#logits + index * stride, vocab).slice()
        const normed = this.#normed + index * widthBytes
        const state = hasHeads ? this.#arena.floats(normed, this.#width).slice() : null
        outputs.push({ logits, state })
      }
    }
    return outputs
  }

  #copy(from: number, to: number, numbers: number): void {
    const bytes = new Uint8Array(this.#arena.kernels.memory.buffer)
    bytes.copyWithin(to, from, from + numbers * 4)
  }
}
