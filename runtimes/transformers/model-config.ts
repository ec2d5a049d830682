import { DecodingError } from '../../decoder/errors.ts'
import type { ModelConfig } from '../../decoder/language-model.ts'
import type { Session } from './onnx-runtime.ts'

type Json = Record<string, unknown>

/** Number of attention heads under the names that architectures have for it. */
export const attentionHeads = (config: Json) =>
  firstNumber(config.num_attention_heads, config.n_head, config.num_heads) ?? 1

/** T5 and its kin learn distances alone and would take any length; they were trained on texts of this one. */
const TRAINED_LENGTH = 512
const isRelative = (config: Json) => 'relative_attention_num_buckets' in config

/** How wide a graph's logits are, if it says so. */
export function logitsWidth(session: Session): number | null {
  const logits = session.outputMetadata.find(({ name }) => name === 'logits')
  const width = logits?.isTensor ? logits.shape.at(-1) : null
  return typeof width === 'number' ? width : null
}

/**
 * What the decoder must know, from `config.json` and `generation_config.json` (which wins on begin and end tokens:
 * chat models list their end-of-turn token there).
 *
 * @param parameters  an estimate will do: it only sets how often generation lets others run
 * @throws {DecodingError} `model_unusable` if neither the files nor the graph tell a size
 */
export function modelConfig(
  config: Json,
  generation: Json,
  graph: { vocabSize: number | null; parameters: number; fingerprint: string },
): ModelConfig {
  const vocabSize = graph.vocabSize ?? firstNumber(config.vocab_size)
  const contextLength = firstNumber(
    config.max_position_embeddings,
    config.n_positions,
    config.n_ctx,
    config.max_sequence_length,
    config.max_seq_len,
    config.seq_length,
    isRelative(config) ? TRAINED_LENGTH : null,
  )
  if (vocabSize === null || contextLength === null) {
    throw new DecodingError(
      'config.json tells neither the size of the vocabulary nor that of the context',
      'model_unusable',
      'model',
    )
  }
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

export function firstNumber(...values: unknown[]): number | null {
  return values.find((value): value is number => typeof value === 'number') ?? null
}
