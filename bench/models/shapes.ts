/** Sizes of a Llama of random weights; heads of 64, the embedding is the output layer too. */
export interface Shape {
  name: string
  layers: number
  width: number
  heads: number
  kvHeads: number
  ffn: number
  vocab: number
}

export const HEAD_DIM = 64
export const CONTEXT_LENGTH = 512

export const SHAPES: readonly Shape[] = [
  { name: 'tiny', layers: 6, width: 256, heads: 4, kvHeads: 2, ffn: 704, vocab: 4096 },
  { name: 'small', layers: 8, width: 384, heads: 6, kvHeads: 2, ffn: 1024, vocab: 4096 },
  { name: 'mid', layers: 12, width: 512, heads: 8, kvHeads: 4, ffn: 1408, vocab: 8192 },
  // SmolLM2-135M's.
  { name: 'big', layers: 30, width: 576, heads: 9, kvHeads: 3, ffn: 1536, vocab: 49152 },
]

/** A layer's matrices as [rows, inputs], in the order of the forward pass. */
export function layerMatrices({ width, heads, kvHeads, ffn }: Shape) {
  const attended = heads * HEAD_DIM
  const keys = kvHeads * HEAD_DIM
  return {
    attn_q: [attended, width],
    attn_k: [keys, width],
    attn_v: [keys, width],
    attn_output: [width, attended],
    ffn_gate: [ffn, width],
    ffn_up: [ffn, width],
    ffn_down: [width, ffn],
  } as const satisfies Record<string, readonly [rows: number, inputs: number]>
}
