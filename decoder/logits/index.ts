/** From a row of logits to a token: processors and warpers change the logits, then one token is selected. */

export { allowedTokens } from './allowed-tokens.ts'
export { badWords } from './bad-words.ts'
export { dry, groupBreakers } from './dry.ts'
export { epsilonCutoff } from './epsilon-cutoff.ts'
export { etaCutoff } from './eta-cutoff.ts'
export { exponentialDecayLengthPenalty } from './exponential-decay-length-penalty.ts'
export { forcedBos, forcedEos } from './forced-tokens.ts'
export { frequencyPenalty } from './frequency-penalty.ts'
export { logSumExp } from './log-softmax.ts'
export { logitBias } from './logit-bias.ts'
export type { Logits } from './logits.ts'
export { minP } from './min-p.ts'
export { MirostatV2, mirostatTruncation } from './mirostat.ts'
export { noRepeatNgram } from './no-repeat-ngram.ts'
export { presencePenalty } from './presence-penalty.ts'
export {
  type LogitsProcessor,
  logitsProcessors,
  logitsWarpers,
  type ProcessorContext,
} from './processor-list.ts'
export { repetitionPenalty } from './repetition-penalty.ts'
export { argmax, categorical, multinomial, probabilitiesOf } from './select.ts'
export { suppressTokens } from './suppress-tokens.ts'
export { temperature } from './temperature.ts'
export { TokenSampler } from './token-sampler.ts'
export { topK } from './top-k.ts'
export { topP } from './top-p.ts'
export { typicalP } from './typical-p.ts'
export { xtc } from './xtc.ts'
