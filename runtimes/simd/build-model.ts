import type { ModelConfig } from '../../decoder/language-model.ts'
import type { LlamaModel } from '../gguf/model.ts'
import type { GgufTensor } from '../gguf/types.ts'
import { Arena } from './arena.ts'
import type { Kernels } from './kernels.ts'
import { SimdLanguageModel } from './language-model.ts'
import { Llama } from './llama.ts'
import type { LlamaLayer, LlamaWeights } from './llama-weights.ts'
import { type Matrix, packMatrix, STAGED_ROWS } from './matrix.ts'

/**
 * Puts a model's weights into the engine's memory.
 *
 * @param data       bytes of a tensor
 * @param heads      of multi-token heads, each with its bytes; none for most models
 * @param maxMemory  most bytes that weights, scratch, keys and values may take together
 * @throws {DecodingError} `memory_exhausted` if the model does not fit
 */
export function buildModel(
  kernels: Kernels,
  { config, tensors }: LlamaModel,
  data: (tensor: GgufTensor) => Uint8Array,
  modelConfig: ModelConfig,
  maxMemory: number,
  heads: readonly { tensor: GgufTensor; data: Uint8Array }[] = [],
): SimdLanguageModel {
  const arena = new Arena(kernels, maxMemory)
  const longestRow = Math.max(
    ...[...Object.values(tensors), ...heads.map(({ tensor }) => tensor)].map(
      ({ bytes, shape }) => bytes / (shape[1] ?? 1),
    ),
  )
  const staging = arena.allocate(longestRow * STAGED_ROWS)
  const matrix = (name: string): Matrix => {
    const tensor = tensors[`${name}.weight`]!
    return packMatrix(arena, tensor, data(tensor), staging)
  }
  const vector = (name: string): number => {
    const bytes = data(tensors[`${name}.weight`]!)
    const address = arena.allocate(bytes.length)
    arena.bytesAt(address, bytes.length).set(bytes)
    return address
  }

  const layers: LlamaLayer[] = []
  for (let i = 0; i < config.layers; i++) {
    const part = (name: string) => `blk.${i}.${name}`
    layers.push({
      attentionNorm: vector(part('attn_norm')),
      query: matrix(part('attn_q')),
      key: matrix(part('attn_k')),
      value: matrix(part('attn_v')),
      attentionOutput: matrix(part('attn_output')),
      ffnNorm: vector(part('ffn_norm')),
      gate: matrix(part('ffn_gate')),
      up: matrix(part('ffn_up')),
      down: matrix(part('ffn_down')),
    })
  }
  const embedding = matrix('token_embd')
  const weights: LlamaWeights = {
    embedding,
    layers,
    norm: vector('output_norm'),
    output: config.tied ? embedding : matrix('output'),
    ropeFrequencies: tensors['rope_freqs.weight'] ? vector('rope_freqs') : 0,
    heads: heads.map(({ tensor, data }) => packMatrix(arena, tensor, data, staging)),
  }
  const llama = new Llama(arena, weights, config)
  return new SimdLanguageModel(arena, llama, modelConfig)
}
