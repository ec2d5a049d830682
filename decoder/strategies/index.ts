import type { GenerationEvent } from '../events.ts'
import type { LanguageModel } from '../language-model.ts'
import type { GenerationOptions } from '../options.ts'
import type { Prompt } from './prefill.ts'

export { beamSearch } from './beam-search.ts'
export { beamSettings, checkBeams, DEFAULT_BEAMS, usesBeams } from './beam-settings.ts'
export { hasHeads, type MultiTokenModel } from './drafters/index.ts'
export { type MaskedModel, maskPredict } from './mask-predict.ts'
export type { Prompt, ReadPrompt } from './prefill.ts'
export { sample } from './sample.ts'
export { semiAutoregressive } from './semi-autoregressive.ts'
export { speculative } from './speculative.ts'
export { checkSpeculative } from './speculative-settings.ts'

/**
 * A way to decode: prompt in, events out, `done` last. It owns the loop from prefill to stop, and leaves in the
 * prompt's cache the tokens it has fed. Ending the generator early is always safe.
 */
export type Strategy = (
  model: LanguageModel,
  prompt: Prompt,
  options: GenerationOptions,
  signal?: AbortSignal,
) => AsyncGenerator<GenerationEvent>
