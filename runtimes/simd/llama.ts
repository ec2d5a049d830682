import { Activations } from './activations.ts'
import { type Arena, roundUp } from './arena.ts'
import { embed, type Matrix, ROW_MULTIPLE } from './matrix.ts'
import { PAGE_POSITIONS } from './page-pool.ts'
import { headBytes, type PageLayout } from './paged-cache.ts'

/** A Llama's weights in the engine's memory. Gains are addresses of float32 vectors. */
export interface LlamaWeights {
  embedding: Matrix
  layers: LlamaLayer[]
  norm: number
  /** The embedding again where weights are tied. */
  output: Matrix
  /** Divisors of the rotary frequencies, or 0. */
  ropeFrequencies: number
  /** Of multi-token heads, [width, width]; none for most models. */
  heads: readonly Matrix[]
}

export interface LlamaLayer {
  attentionNorm: number
  query: Matrix
  key: Matrix
  value: Matrix
  attentionOutput: Matrix
  ffnNorm: number
  gate: Matrix
  up: Matrix
  down: Matrix
}

export interface LlamaShape {
  width: number
  heads: number
  kvHeads: number
  headDim: number
  ffn: number
  vocab: number
  contextLength: number
  rmsEpsilon: number
  ropeTheta: number
  ropeFactor: number
}

/** One token of a pass: where it goes and what it may look at. */
export interface Row {
  token: number
  /** Number of tokens before it on its path; what rotary embedding calls its position. */
  position: number
  /** Place in its sequence's pages. */
  slot: number
  /** Pages of its sequence. */
  pages: readonly number[]
  /** Tree attention: from which slot on, and which of the slots from there, this token sees. */
  visible: { from: number; slots: Uint8Array } | null
  wantsLogits: boolean
}

/** Most rows of one pass: enough that weights are read once for many, few enough that they stay in the fast caches. */
export const MAX_ROWS = 64
const LOGIT_ROWS = 8

/** What a pass tells of a row. */
export interface RowOutput {
  logits: Float32Array
  /** What the output matrix was multiplied by, where the model has heads to read it. */
  state: Float32Array | null
}

/** The forward pass, in the order of the architecture (Touvron et al. 2023, "LLaMA"). */
export class Llama {
  readonly pageLayout: PageLayout
  readonly #arena: Arena
  readonly #weights: LlamaWeights
  readonly #shape: LlamaShape
  readonly #activations: Activations
  readonly #rotary: number
  /** Row sizes in numbers; each padded to whole blocks of 32. */
  readonly #width: number
  readonly #ffn: number
  readonly #attended: number
  /** Scratch, by what it holds. */
  readonly #residual: number
  readonly #normed: number
  readonly #query: number
  readonly #key: number
  readonly #value: number
  readonly #mixed: number
  readonly #gate: number
  readonly #up: number
  readonly #branch: number
  readonly #scores: number
  readonly #tables: number
  readonly #masks: number
  readonly #logits: number
  /** A few heads, padded to a multiple of 4; unused where heads are. */
  readonly #paddedHeads: number

  constructor(arena: Arena, weights: LlamaWeights, shape: LlamaShape) {
    this.#arena = arena
    this.#weights = weights
    this.#shape = shape
    const { heads, kvHeads, headDim, contextLength } = shape
    this.#width = roundUp(shape.width, 32)
    this.#ffn = roundUp(shape.ffn, 32)
    this.#attended = roundUp(heads * headDim, 32)
    const padded = roundUp(headDim, 4)
    this.pageLayout = { layers: weights.layers.length, kvHeads, headDim: padded }

    const rows = (numbers: number) => arena.allocate(MAX_ROWS * numbers * 4 + 64)
    this.#residual = rows(this.#width)
    this.#normed = rows(this.#width)
    this.#query = rows(this.#attended)
    this.#key = rows(this.#keyStride)
    this.#value = rows(this.#keyStride)
    this.#mixed = rows(this.#attended)
    this.#gate = rows(this.#ffn)
    this.#up = rows(this.#ffn)
    this.#branch = rows(this.#width)
    this.#scores = arena.allocate(2 * roundUp(contextLength, PAGE_POSITIONS) * 4)
    this.#tables = rows(this.#tableLength)
    this.#masks = arena.allocate(MAX_ROWS * contextLength)
    this.#logits = arena.allocate(LOGIT_ROWS * roundUp(shape.vocab, ROW_MULTIPLE) * 4)
    this.#paddedHeads = arena.allocate(2 * heads * padded * 4)
    this.#activations = new Activations(
      arena,
      MAX_ROWS,
      Math.max(this.#width, this.#ffn, this.#attended),
    )
    this.#rotary = arena.allocate(contextLength * padded * 8)
    arena.kernels.rotaryTable(
      this.#rotary,
      contextLength,
      headDim,
      shape.ropeTheta,
      shape.ropeFactor,
      weights.ropeFrequencies,
    )
  }

  /** How many multi-token heads there are. */
  get heads(): number {
    return this.#weights.heads.length
  }

  get #keyStride(): number {
    return roundUp(this.#shape.kvHeads * this.#shape.headDim, ROW_MULTIPLE)
  }

  get #tableLength(): number {
    return Math.ceil(this.#shape.contextLength / PAGE_POSITIONS)
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

    this.#prepare(rows)
    for (const [row, { token }] of rows.entries()) {
      embed(kernels, weights.embedding, token, this.#residual + row * widthBytes)
    }

    for (const [index, layer] of weights.layers.entries()) {
      // Attention: normalise, project to queries, keys and values, rotate, attend, project back, add.
      this.#normalize(this.#residual, layer.attentionNorm, count)
      activations.load(this.#normed, count, width)
      activations.multiply(layer.query, this.#query, this.#attended * 4)
      activations.multiply(layer.key, this.#key, this.#keyStride * 4)
      activations.multiply(layer.value, this.#value, this.#keyStride * 4)
      for (const [row, entry] of rows.entries()) this.#storeKeys(index, row, entry)
      for (const [row, entry] of rows.entries()) this.#attend(index, row, entry)
      activations.load(this.#mixed, count, this.#attended)
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

  /** Rotates a row's queries and keys by its position, and writes its keys and values to their slot. */
  #storeKeys(layer: number, row: number, { position, slot, pages }: Row): void {
    const { heads, kvHeads, headDim } = this.#shape
    const { kernels } = this.#arena
    const angles = this.#rotary + position * this.pageLayout.headDim * 8
    const key = this.#key + row * this.#keyStride * 4
    const value = this.#value + row * this.#keyStride * 4
    this.#rotate(this.#query + row * this.#attended * 4, heads, angles)
    this.#rotate(key, kvHeads, angles)
    const page = pages[Math.floor(slot / PAGE_POSITIONS)]! + this.#layerOffset(layer)
    for (let head = 0; head < kvHeads; head++) {
      kernels.storeKeyValue(
        page + head * headBytes(this.pageLayout),
        slot % PAGE_POSITIONS,
        this.#padHeads(key + head * headDim * 4, 1),
        this.#padHeads(value + head * headDim * 4, 1, 1),
        this.pageLayout.headDim,
      )
    }
  }

  #attend(layer: number, row: number, { slot, visible }: Row): void {
    const { heads, kvHeads, headDim, contextLength } = this.#shape
    const { kernels } = this.#arena
    const padded = this.pageLayout.headDim
    const scale = headDim ** -0.5
    const table = this.#tables + row * this.#tableLength * 4
    const mask = visible ? this.#masks + row * contextLength : 0
    // Query heads share key-value heads in groups.
    const shared = heads / kvHeads
    for (let kvHead = 0; kvHead < kvHeads; kvHead++) {
      const at = (row * this.#attended + kvHead * shared * headDim) * 4
      const isPadded = padded !== headDim
      const out = isPadded ? this.#paddedHeads + shared * padded * 4 : this.#mixed + at
      kernels.attend(
        this.#padHeads(this.#query + at, shared),
        shared,
        table,
        this.#layerOffset(layer) + kvHead * headBytes(this.pageLayout),
        slot + 1,
        mask,
        visible?.from ?? 0,
        this.#scores,
        out,
        padded,
        scale,
      )
      if (!isPadded) continue
      for (let head = 0; head < shared; head++) {
        this.#copy(out + head * padded * 4, this.#mixed + at + head * headDim * 4, headDim)
      }
    }
  }

  /** Page tables and masks of the pass, where the kernels can read them. */
  #prepare(rows: readonly Row[]): void {
    const { contextLength } = this.#shape
    for (const [row, { pages, visible }] of rows.entries()) {
      this.#arena.words(this.#tables + row * this.#tableLength * 4, pages.length).set(pages)
      if (!visible) continue
      const { slots } = visible
      this.#arena.bytesAt(this.#masks + row * contextLength, slots.length).set(slots)
    }
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

  #rotate(x: number, heads: number, angles: number): void {
    const { headDim } = this.#shape
    const { kernels } = this.#arena
    if (headDim % 4 === 0) {
      kernels.rotate(x, angles, heads, headDim)
      return
    }
    for (let head = 0; head < heads; head++) {
      const at = x + head * headDim * 4
      kernels.rotate(this.#padHeads(at, 1), angles, 1, this.pageLayout.headDim)
      this.#copy(this.#paddedHeads, at, headDim)
    }
  }

  /** The heads themselves if their size is a multiple of 4, else copies with zeros behind each. */
  #padHeads(address: number, count: number, place = 0): number {
    const { headDim } = this.#shape
    const padded = this.pageLayout.headDim
    if (headDim === padded) return address
    const copies = this.#paddedHeads + place * padded * 4
    for (let head = 0; head < count; head++) {
      const copy = copies + head * padded * 4
      this.#copy(address + head * headDim * 4, copy, headDim)
      this.#arena.floats(copy + headDim * 4, padded - headDim).fill(0)
    }
    return copies
  }

  #copy(from: number, to: number, numbers: number): void {
    const bytes = new Uint8Array(this.#arena.kernels.memory.buffer)
    bytes.copyWithin(to, from, from + numbers * 4)
  }

  #layerOffset(layer: number): number {
    return layer * this.#shape.kvHeads * headBytes(this.pageLayout)
  }
}
