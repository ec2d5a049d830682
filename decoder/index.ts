export type { ChatMessage } from './conversation/chat-template.ts'
export { DecodingError, type DecodingErrorCode } from './errors.ts'
export type * from './events.ts'
export type * from './language-model.ts'
export {
  generationOptions,
  MAX_STOP_STRINGS,
  MAX_TOP_LOGPROBS,
  type GenerationInput,
  type GenerationOptions,
  reportingOptions,
  samplingOptions,
  stoppingOptions,
} from './options.ts'
export { TextGenerator } from './text-generator.ts'
export type { Tokenizer } from './tokenizer.ts'
