import type { ModelConfig } from '../language-model.ts'
import type { Tokenizer } from '../tokenizer.ts'

/** The tokens by name that chat templates refer to. */
export function templateTokens(
  { bosId, eosIds }: Pick<ModelConfig, 'bosId' | 'eosIds'>,
  tokenizer: Tokenizer,
): Record<string, string> {
  const texts = new Map([...tokenizer.specialTokens].map(([text, id]) => [id, text]))
  return {
    bos_token: texts.get(bosId ?? -1) ?? '',
    eos_token: texts.get(eosIds[0] ?? -1) ?? '',
  }
}
