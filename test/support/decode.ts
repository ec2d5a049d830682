import * as v from 'valibot'
import {
  type DoneEvent,
  type DraftEvent,
  type GenerationInput,
  generationOptions,
  type LanguageModel,
  sample,
  semiAutoregressive,
  speculative,
  type TokenEvent,
} from '../../decoder/index.ts'

export interface Decoded {
  ids: number[]
  tokens: TokenEvent[]
  drafts: DraftEvent[]
  done: DoneEvent | null
  /** Tokens in the cache at the end. */
  cached: number
}

/** Decodes with the strategy that the options ask for. */
export async function decode(
  model: LanguageModel,
  prompt: readonly number[],
  input: GenerationInput,
  {
    draft = null,
    signal,
    most = Number.POSITIVE_INFINITY,
  }: {
    draft?: LanguageModel | null
    signal?: AbortSignal /** Stops listening after so many tokens. */
    most?: number
  } = {},
): Promise<Decoded> {
  const options = v.parse(generationOptions, input)
  const cache = model.createCache()
  const start = { tokens: prompt, cache }
  const events = options.speculative
    ? speculative(model, start, options, signal, draft)
    : options.semi_autoregressive
      ? semiAutoregressive(model, start, options, signal)
      : sample(model, start, options, signal)
  const tokens: TokenEvent[] = []
  const drafts: DraftEvent[] = []
  let done: DoneEvent | null = null
  for await (const event of events) {
    if (event.type === 'token') tokens.push(event)
    else if (event.type === 'draft') drafts.push(event)
    else if (event.type === 'done') done = event
    if (tokens.length >= most) break
  }
  const cached = cache.length
  cache.dispose()
  return { ids: tokens.map(({ id }) => id), tokens, drafts, done, cached }
}
