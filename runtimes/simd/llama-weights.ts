import type { LlamaConfig } from '../gguf/llama.ts'
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

/** All of a Llama's sizes that its weights don't tell. */
export type LlamaShape = Omit<LlamaConfig, 'layers'>
