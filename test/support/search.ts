import * as v from 'valibot'
import {
  type BeamsEvent,
  beamSearch,
  checkBeams,
  type DoneEvent,
  type GenerationInput,
  generationOptions,
  type LanguageModel,
  type TokenEvent,
} from '../../decoder/index.ts'

export interface Found {
  ids: number[]
  tokens: TokenEvent[]
  score: number
  done: DoneEvent
}

/** Runs a beam search to its end: the answers, best first, and what it showed on the way. */
export async function search(
  model: LanguageModel,
  prompt: readonly number[],
  input: GenerationInput,
  {
    signal,
    stopString,
  }: { signal?: AbortSignal; stopString?: (ids: readonly number[]) => string | null } = {},
): Promise<{ answers: Found[]; steps: BeamsEvent[] }> {
  const options = v.parse(generationOptions, { use_beam_search: true, ...input })
  checkBeams(options)
  const cache = model.createCache()
  const answers: Found[] = []
  const steps: BeamsEvent[] = []
  let tokens: TokenEvent[] = []
  try {
    const events = beamSearch(model, { tokens: prompt, cache }, options, signal, stopString)
    for await (const event of events) {
      if (event.type === 'beams') steps.push(event)
      else if (event.type === 'token') tokens.push(event)
      else if (event.type === 'done') {
        answers.push({ ids: tokens.map(({ id }) => id), tokens, score: event.score!, done: event })
        tokens = []
      }
    }
  } finally {
    cache.dispose()
  }
  return { answers, steps }
}
