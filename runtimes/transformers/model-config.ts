import type { ModelConfig } from '../../decoder/language-model.ts'

type Json = Record<string, unknown>

/** Number of attention heads under the names that architectures have for it. */
export const attentionHeads = (config: Json) =>
  firstNumber(config.num_attention_heads, config.n_head, config.num_heads) ?? 1

/**
 * What the decoder must know, from `config.json` and `generation_config.json` (which wins on begin and end tokens:
 * chat models list their end-of-turn token there).
 *
 * @param parameters  an estimate will do: it only sets how often generation lets others run
 * @returns null for a size that neither the files nor the graph tell
 */
export function modelConfig(
  config: Json,
  generation: Json,
  graph: { vocabSize: number | null; parameters: number; fingerprint: string },
): ModelConfig | null {
  const vocabSize = graph.vocabSize ?? firstNumber(config.vocab_size)
  const contextLength = firstNumber(
    config.max_position_embeddings,
    config.n_positions,
    config.n_ctx,
    config.max_sequence_length,
    config.max_seq_len,
    config.seq_length,
  )
  if (vocabSize === null || contextLength === null) return null
  const ends = generation.eos_token_id ?? config.eos_token_id
  return {
    vocabSize,
    contextLength,
    bosId: firstNumber(generation.bos_token_id, config.bos_token_id),
    eosIds: (Array.isArray(ends) ? ends : [ends]).filter((id) => Number.isInteger(id)),
    parameters: graph.parameters,
    fingerprint: graph.fingerprint,
  }
}

function firstNumber(...values: unknown[]): number | null {
  return values.find((value): value is number => typeof value === 'number') ?? null
}
