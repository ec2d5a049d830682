/**
 * The decoding module, in the order data meets it. Token ids in, token ids out; text on both sides of that.
 */

export { type FilledText, parallelFill } from './analysis/parallel-fill.ts'
export type { TextScore, TokenScore } from './analysis/score.ts'
export { type ChoiceBatch, choices } from './choices.ts'
export type { ChosenPrompt, PromptCandidate } from './choose-prompt.ts'
export { type ChatMessage, ChatTemplate } from './conversation/chat-template.ts'
export {
  type EncoderDecoderModel,
  refuseEncoderDecoder,
  type TokenRules,
} from './encoder-decoder.ts'
export { DecodingError, type DecodingErrorCode } from './errors.ts'
export type * from './events.ts'
export type {
  ForwardStep,
  KVCache,
  LanguageModel,
  ModelConfig,
  SlidingWindow,
} from './language-model.ts'
export * from './logits/index.ts'
export * from './options.ts'
export { parseOptions } from './parse-options.ts'
export * from './strategies/index.ts'
export * from './structured-options.ts'
export { Detokenizer } from './text/detokenizer.ts'
export { TextGenerator, type TextGeneratorParts } from './text-generator.ts'
export type { Tokenizer } from './tokenizer.ts'
export * from './tools/index.ts'
