import type { ForwardStep, LanguageModel } from '../language-model.ts'
import { hasHeads, type MultiTokenModel } from '../strategies/drafters/index.ts'

/**
 * A model as one generation sees it: all as it is, but passes are shared with others. `dispose` says that the generation
 * is over; the model lives on.
 */
export function seatAt(
  model: LanguageModel,
  forward: (steps: ForwardStep[]) => Promise<Float32Array[][]>,
  leave: () => void,
): LanguageModel {
  const seat: LanguageModel = {
    config: model.config,
    createCache: () => model.createCache(),
    forward,
    dispose: async () => leave(),
    ...(model.createSlidingCache && {
      createSlidingCache: (window) => model.createSlidingCache!(window),
    }),
  }
  return hasHeads(model) ? withHeadsOf(model, seat) : seat
}

/** Heads read a state that was computed before: no pass of theirs could be shared. */
function withHeadsOf(model: MultiTokenModel, seat: LanguageModel): MultiTokenModel {
  return { ...seat, heads: model.heads, headLogits: (cache) => model.headLogits(cache) }
}
