import { inWords, Settings } from './settings.ts'
import type { GgufMetadata, TensorTypeName } from './types.ts'
import { unusable } from './unusable.ts'

/** The shape of a Llama-family decoder. All are counts of numbers unless said otherwise. */
export interface LlamaConfig {
  layers: number
  /** Of the residual stream. */
  width: number
  /** Query heads; a multiple of `kvHeads`. */
  heads: number
  kvHeads: number
  /** Of a query, key or value of one head; even. All of it is rotated, in pairs (2i, 2i + 1). */
  headDim: number
  /** Inner width of the feed-forward part. */
  ffn: number
  /** Tokens. */
  vocab: number
  /** Positions. */
  contextLength: number
  rmsEpsilon: number
  /** Pair i of a head turns by position / (ropeTheta^(2i / headDim) · ropeFactor). */
  ropeTheta: number
  /** Linear scaling of positions (position interpolation); 1 is none. */
  ropeFactor: number
}

/** What a tensor must be. */
export interface TensorRule {
  /** ggml's order, [in, out]. */
  shape: number[]
  /** Types that are taken; all that can be loaded if not given. */
  types?: readonly TensorTypeName[]
  optional?: boolean
}

/** Settings that change the computation in ways that aren't implemented, with the value that leaves it as it is. */
const NEUTRAL: Record<string, number | boolean> = {
  expert_count: 0,
  'attention.causal': true,
  'rope.scaling.attn_factor': 1,
}

/**
 * Reads and checks `llama.*` (ggml's docs/gguf.md; defaults as in llama.cpp).
 *
 * @throws {DecodingError} `model_unusable` that names the key
 */
export function readLlamaConfig(metadata: GgufMetadata): LlamaConfig {
  const settings = new Settings(metadata, 'llama')
  for (const [key, neutral] of Object.entries(NEUTRAL)) settings.only(key, neutral)
  const width = settings.whole('embedding_length', 1, 2 ** 16)
  const heads = settings.whole('attention.head_count', 1, 1024)
  const kvHeads = settings.whole('attention.head_count_kv', 1, heads, heads)
  if (heads % kvHeads !== 0) {
    throw unusable(`its ${heads} query heads can't share ${kvHeads} key-value heads evenly`)
  }
  const headDim = settings.whole('attention.key_length', 8, 1024, width / heads)
  if (headDim % 2 !== 0) throw unusable(`its heads have ${headDim} numbers, not an even count`)
  // All of a head is rotated, and values have the size of keys.
  settings.only('attention.value_length', headDim)
  settings.only('rope.dimension_count', headDim)
  return {
    layers: settings.whole('block_count', 1, 1024),
    width,
    heads,
    kvHeads,
    headDim,
    ffn: settings.whole('feed_forward_length', 1, 2 ** 18),
    vocab: vocabularySize(metadata, settings),
    contextLength: settings.whole('context_length', 1, 2 ** 24),
    rmsEpsilon: settings.real('attention.layer_norm_rms_epsilon', 1e-12, 0.1),
    ropeTheta: settings.real('rope.freq_base', 1, 1e12, 10_000),
    ropeFactor: ropeFactor(settings),
  }
}

/** The token list decides: `vocab_size` goes without tokens that were added later. */
function vocabularySize(metadata: GgufMetadata, settings: Settings): number {
  const tokens = metadata.get('tokenizer.ggml.tokens')
  return Array.isArray(tokens) ? tokens.length : settings.whole('vocab_size', 1, 2 ** 22)
}

function ropeFactor(settings: Settings): number {
  const type = settings.get('rope.scaling.type') ?? 'linear'
  if (type === 'none') return 1
  if (type !== 'linear') {
    throw unusable(`rope scaling of the type ${inWords(type)} is not supported; linear is`)
  }
  // Files of 2023 have the factor under the older key. 0 says that there is none.
  const older = settings.real('rope.scale_linear', 0, 4096, 0)
  return settings.real('rope.scaling.factor', 0, 4096, older) || 1
}

const ONLY_F32 = ['F32'] as const

/**
 * The tensors of such a model by name. All matrices are [in, out]; rows of the query and key matrices come in rotated
 * pairs. Without an output matrix, the embedding is used in its place (tied weights).
 */
export function llamaTensors(config: LlamaConfig): Map<string, TensorRule> {
  const { layers, width, headDim, ffn, vocab } = config
  const queries = config.heads * headDim
  const keys = config.kvHeads * headDim
  const rules = new Map<string, TensorRule>([
    ['token_embd.weight', { shape: [width, vocab] }],
    ['output_norm.weight', { shape: [width], types: ONLY_F32 }],
    ['output.weight', { shape: [width, vocab], optional: true }],
    // Llama 3.1: what each pair's frequency is divided by.
    ['rope_freqs.weight', { shape: [headDim / 2], types: ONLY_F32, optional: true }],
  ])
  for (let layer = 0; layer < layers; layer++) {
    const block: [string, TensorRule][] = [
      ['attn_norm', { shape: [width], types: ONLY_F32 }],
      ['attn_q', { shape: [width, queries] }],
      ['attn_k', { shape: [width, keys] }],
      ['attn_v', { shape: [width, keys] }],
      ['attn_output', { shape: [queries, width] }],
      ['ffn_norm', { shape: [width], types: ONLY_F32 }],
      ['ffn_gate', { shape: [width, ffn] }],
      ['ffn_up', { shape: [width, ffn] }],
      ['ffn_down', { shape: [ffn, width] }],
    ]
    for (const [name, rule] of block) rules.set(`blk.${layer}.${name}.weight`, rule)
  }
  return rules
}
