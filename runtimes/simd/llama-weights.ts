import type { Matrix } from './matrix.ts'

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
