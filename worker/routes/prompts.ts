import type { ModelConfig, TextGenerator } from '../../decoder/index.ts'
import { invalid } from '../http/api-error.ts'
import type { GivenPrompt } from '../schema/completion.ts'
import { checkTokenIds } from '../schema/token-ids.ts'

/**
 * One prompt of a completion request as token ids. No text at all, or null, stands for the token that begins every text.
 *
 * @throws {ApiError} 400 naming the token id at fault
 */
export function promptIds(generator: TextGenerator, prompt: GivenPrompt, at: string): number[] {
  const { vocabSize, bosId, eosIds } = generator.model.config
  if (prompt !== null && typeof prompt !== 'string') {
    checkTokenIds(prompt, vocabSize, at)
    return prompt
  }
  const ids = generator.encodePrompt(prompt ?? '')
  if (ids.length > 0) return ids
  // Models without a begin token are trained on texts that follow one another's end token.
  const begin = bosId ?? eosIds[0]
  if (begin === undefined) throw invalid(`${at} must not be empty for this model.`, at)
  return [begin]
}

/**
 * Checked for all prompts before the first is answered. A prompt that fits is answered for as far as the context
 * reaches, whatever max_tokens says.
 *
 * @param room  tokens that must at least be left for the answer
 * @throws {ApiError} 400 context_length_exceeded; clients know it by its code or by these very words
 */
export function checkFits(
  ids: readonly number[],
  { contextLength }: ModelConfig,
  at: string,
  room = 1,
): void {
  if (ids.length + room <= contextLength) return
  throw invalid(
    `This model's maximum context length is ${contextLength} tokens. However, the prompt has ${ids.length} tokens.`,
    at,
    'context_length_exceeded',
  )
}
