import { DecodingError } from '../errors.ts'
import type { DoneEvent, GenerationEvent } from '../events.ts'
import type { LanguageModel } from '../language-model.ts'
import { logitsProcessors, logitsWarpers } from '../logits/index.ts'
import { Random, randomSeed } from '../numerics/random.ts'
import type { GenerationOptions } from '../options.ts'
import { tokenStop } from '../stopping/token-stop.ts'
import { BeamGroup } from './beam-group.ts'
import { type Ending, Hypothesis } from './beam-hypothesis.ts'
import { beamSettings } from './beam-settings.ts'
import { cachedTokens, type Prompt, prefill } from './prefill.ts'
import { RequiredPhrases } from './required-phrases.ts'

/**
 * Beam search, as Hugging Face's `generate` has it: the `num_beams` likeliest beginnings grow side by side, all in one
 * forward pass a step. Of the continuations (twice as many as beams, more if there are several end tokens) those that
 * end and are among the first `num_beams` are kept with score = Σ ln p / length^length_penalty, where length counts
 * generated tokens, the end token included; the first `num_beams` that go on live on. ln p is taken before the
 * processors change it and not normalised again.
 *
 * - `do_sample`: the continuations are drawn without replacement in proportion to e^(Σ ln p), after the warpers.
 * - `num_beam_groups`: Vijayakumar et al. 2018, "Diverse Beam Search", with the Hamming penalty.
 * - `force_words_ids`: every answer contains these phrases, see `RequiredPhrases`.
 *
 * Ties go to the better beam, then the lower id, so that a search has one result everywhere.
 *
 * @param stopString  the stop string that is complete with the last of these generated tokens, or null
 * @yields a `beams` event a step; then for each of `num_return_sequences` answers, best first, its `token` events and
 *         `done` with its score. Fewer if fewer can be found. Aborted: the best so far
 */
export async function* beamSearch(
  model: LanguageModel,
  prompt: Prompt,
  options: GenerationOptions,
  signal?: AbortSignal,
  stopString: (ids: readonly number[]) => string | null = () => null,
): AsyncGenerator<GenerationEvent> {
  const cached_tokens = cachedTokens(prompt)
  const promptLength = prompt.tokens.length
  const settings = beamSettings(options)
  const stop = tokenStop(model.config, options, promptLength)
  const { limit } = stop
  const random = new Random(options.seed ?? randomSeed())
  const processors = logitsProcessors(options, { config: model.config, promptLength, limit })
  if (settings.sampled) processors.push(...logitsWarpers(options, random))
  const phrases =
    options.force_words_ids.length > 0 ? new RequiredPhrases(options.force_words_ids) : null

  const done = (ending: Ending, { length, score }: Hypothesis): DoneEvent => ({
    type: 'done',
    ...ending,
    score,
    usage: { prompt_tokens: promptLength, cached_tokens, completion_tokens: length },
  })

  if (limit === 0) {
    return yield done({ finish_reason: 'length', stop_reason: null }, Hypothesis.EMPTY)
  }
  if (phrases && phrases.missing(phrases.initial) > limit) {
    throw new DecodingError(
      `force_words are up to ${phrases.missing(phrases.initial)} tokens, more than the ${limit} that may be generated`,
      'invalid_value',
      'force_words',
    )
  }
  const first = await prefill(model, prompt, signal)
  if (!first) return yield done(ABORTED, Hypothesis.EMPTY)

  const groups = Array.from(
    { length: settings.groups },
    () =>
      new BeamGroup(
        {
          settings,
          stop,
          processors,
          phrases,
          random: settings.sampled ? random : null,
          topLogprobs: options.top_logprobs,
          stopString,
        },
        {
          hypothesis: Hypothesis.EMPTY,
          tokens: [...prompt.tokens],
          cache: prompt.cache.fork(),
          phrases: phrases?.initial ?? null,
        },
      ),
  )
  const live = () => groups.flatMap((group) => group.live)
  const finished = () => merged(groups.map((group) => group.finished.best))
  let isAborted = false
  try {
    let rows = groups.map(() => first)
    for (;;) {
      const taken = new Map<number, number>()
      for (const group of groups) {
        const own = rows.splice(0, group.live.length)
        if (own.length > 0) group.advance(own, taken)
      }
      const beams = live()
      const hypotheses = beams.map(({ hypothesis }) => hypothesis)
      yield { type: 'beams', live: hypotheses, finished: finished() }
      if (beams.length === 0) break
      isAborted = signal?.aborted ?? false
      if (isAborted) break
      const steps = beams.map(({ cache, tokens }) => ({ cache, tokens: [tokens.at(-1)!] }))
      rows = (await model.forward(steps)).map(([row]) => row!)
    }
    const best = isAborted
      ? [...finished(), ...live().map(({ hypothesis }) => hypothesis)]
          .sort((a, b) => b.score - a.score)
          .slice(0, 1)
      : finished().slice(0, settings.returned)
    if (best.length === 0) {
      throw new DecodingError(
        phrases
          ? 'The required words contradict what else is asked for'
          : 'No token is left to choose from',
        'invalid_value',
        phrases ? 'force_words' : null,
      )
    }
    for (const hypothesis of best) {
      for (const token of hypothesis.tokens) yield { type: 'token', ...token }
      yield done(isAborted ? ABORTED : hypothesis.ending!, hypothesis)
    }
  } finally {
    for (const group of groups) group.dispose()
  }
}

const ABORTED: Ending = { finish_reason: 'abort', stop_reason: null }

/** Of all groups, best first. Two may come to the same answer; it counts once, with its better score. */
function merged(groups: readonly (readonly Hypothesis[])[]): readonly Hypothesis[] {
  if (groups.length === 1) return groups[0]!
  const seen = new Set<string>()
  const best = groups.flat().sort((a, b) => b.score - a.score)
  return best.filter(({ ids }) => !seen.has(ids.join()) && seen.add(ids.join()))
}
