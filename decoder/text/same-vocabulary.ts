import { DecodingError } from '../errors.ts'
import type { LanguageModel } from '../language-model.ts'
import type { Tokenizer } from '../tokenizer.ts'

interface Parts {
  model: LanguageModel
  tokenizer: Tokenizer
}

/**
 * A draft is token ids, so both models must mean the same by each.
 *
 * @throws {DecodingError} model_unusable saying how the draft model's vocabulary differs
 */
export function checkSameVocabulary(target: Parts, draft: Parts): void {
  const sizes = [target.model.config.vocabSize, draft.model.config.vocabSize]
  if (sizes[0] !== sizes[1]) {
    refuse(`its vocabulary has ${sizes[1]} tokens, the model's ${sizes[0]}`)
  }
  const ends = [target, draft].map(({ model }) => [...new Set(model.config.eosIds)].sort().join())
  if (ends[0] !== ends[1]) refuse('other tokens end an answer')
  const count = Math.min(target.tokenizer.vocabSize, draft.tokenizer.vocabSize)
  for (let id = 0; id < count; id++) {
    const [a, b] = [target.tokenizer.bytes(id), draft.tokenizer.bytes(id)]
    if (a.length !== b.length || a.some((byte, i) => byte !== b[i])) {
      refuse(`token ${id} stands for another text`)
    }
  }
  const [own, other] = [target.tokenizer.specialTokens, draft.tokenizer.specialTokens]
  for (const [text, id] of [...own, ...other]) {
    if (own.get(text) !== id || other.get(text) !== id)
      refuse(`the control token ${text} is another`)
  }
}

function refuse(reason: string): never {
  throw new DecodingError(`The draft model can't guess for this model: ${reason}`, 'model_unusable')
}
