import { describeNextToken, type NextToken, topTokens } from '../analysis/next-token.ts'
import type { TokenProbability } from '../events.ts'
import type { KVCache } from '../language-model.ts'
import type { LogitsProcessor } from '../logits/index.ts'
import { power } from '../numerics/power.ts'
import type { Random } from '../numerics/random.ts'
import type { TokenStop } from '../stopping/token-stop.ts'
import { type Candidate, sampleCandidates, topCandidates } from './beam-candidates.ts'
import { BeamHypotheses } from './beam-hypotheses.ts'
import type { Ending, Hypothesis } from './beam-hypothesis.ts'
import type { BeamSettings } from './beam-settings.ts'
import type { PhraseState, RequiredPhrases } from './required-phrases.ts'

/** A live hypothesis: what it says, and where the model stands with it. */
export interface Beam {
  hypothesis: Hypothesis
  /** Prompt and generated tokens. */
  tokens: number[]
  cache: KVCache
  phrases: PhraseState | null
}

export interface BeamGroupParts {
  settings: BeamSettings
  stop: TokenStop
  processors: readonly LogitsProcessor[]
  phrases: RequiredPhrases | null
  /** Draws the beams; null takes the likeliest. */
  random: Random | null
  /** Alternatives to list for each token. */
  topLogprobs: number
  /** The stop string that is complete with the last of these generated tokens, or null. */
  stopString: (ids: readonly number[]) => string | null
}

/** A live hypothesis' next token, as the model sees it and after the processors. */
interface Expanded {
  logprob: number
  /** [vocabSize] ln p after the processors. */
  scores: Float64Array
  logits: Float32Array
  about: NextToken
  top: TokenProbability[]
}

/** Beams that compete with each other: all of them, or one group of a diverse beam search. */
export class BeamGroup {
  readonly finished: BeamHypotheses
  /** Best first; empty once the search is over. */
  live: Beam[]
  private readonly parts: BeamGroupParts

  constructor(parts: BeamGroupParts, root: Beam) {
    const { width, lengthPenalty, earlyStopping } = parts.settings
    this.parts = parts
    this.live = [root]
    this.finished = new BeamHypotheses({
      size: width,
      lengthPenalty,
      earlyStopping,
      limit: parts.stop.limit,
    })
  }

  /**
   * One step: every live hypothesis is made longer, and the best of the longer ones live on.
   *
   * @param rows  logits after each live hypothesis
   * @param taken how many beams of earlier groups chose each token in this step; this group's are added
   */
  advance(rows: readonly Float32Array[], taken: Map<number, number>): void {
    const { settings, stop } = this.parts
    const expanded = this.live.map((beam, index) => this.expand(beam, rows[index]!, taken))
    const survivors: { beam: number; hypothesis: Hypothesis }[] = []
    const chosen: number[] = []
    const length = this.live[0]!.hypothesis.length + 1
    const norm = power(length, settings.lengthPenalty)
    // As many that may end as there can be, so that enough are left which don't.
    const count = Math.max(2, 1 + stop.endIds.length) * settings.width
    for (const [rank, { beam, id, logprob }] of this.candidates(expanded, count).entries()) {
      if (rank >= settings.width && survivors.length === settings.width) break
      const parent = this.live[beam]!
      const ending = this.endingOf(parent, id)
      const { logits, about, top } = expanded[beam]!
      const report = {
        id,
        logprob: logits[id]! - about.normaliser,
        entropy: about.entropy,
        top,
      }
      const hypothesis = parent.hypothesis.grow(report, logprob, norm, ending)
      // That there is no room for more ends nothing that was chosen.
      if (ending?.finish_reason !== 'stop' && chosen.length < settings.width) chosen.push(id)
      if (!ending) {
        if (survivors.length < settings.width) survivors.push({ beam, hypothesis })
      } else if (rank < settings.width && !this.lacksPhrases(parent, id)) {
        this.finished.add(hypothesis)
      }
    }
    this.live = this.settle(survivors)
    for (const id of chosen) taken.set(id, (taken.get(id) ?? 0) + 1)
    const best = this.live[0]
    if (best && !this.finished.canImprove(best.hypothesis.logprob, length)) this.dispose()
  }

  dispose(): void {
    for (const { cache } of this.live) cache.dispose()
    this.live = []
  }

  private expand(beam: Beam, logits: Float32Array, taken: Map<number, number>): Expanded {
    const { settings, stop, processors, phrases, topLogprobs } = this.parts
    const about = describeNextToken(logits)
    const scores = new Float64Array(logits)
    for (let id = 0; id < scores.length; id++) scores[id]! -= about.normaliser
    if (settings.diversityPenalty > 0) {
      for (const [id, count] of taken) scores[id]! -= settings.diversityPenalty * count
    }
    stop.ban(scores, beam.tokens.length)
    for (const process of processors) process(scores, beam.tokens)
    const left = stop.limit - beam.hypothesis.length
    if (beam.phrases) phrases!.restrict(scores, beam.phrases, left, stop.endIds)
    const top = topTokens(logits, about.normaliser, topLogprobs)
    return { logprob: beam.hypothesis.logprob, scores, logits, about, top }
  }

  private candidates(expanded: readonly Expanded[], count: number): Candidate[] {
    const { random, phrases } = this.parts
    if (random) return sampleCandidates(expanded, count, random)
    const top = topCandidates(expanded, count)
    if (!phrases) return top
    const states = this.live.map(({ phrases }) => phrases!)
    const forward = expanded.flatMap(({ logprob, scores }, beam) =>
      phrases
        .wanted(states[beam]!)
        .filter((id) => scores[id]! > Number.NEGATIVE_INFINITY)
        .filter((id) => !top.some((other) => other.beam === beam && other.id === id))
        .map((id) => ({ beam, id, logprob: logprob + scores[id]! })),
    )
    const all = [...top, ...forward].sort((a, b) => b.logprob - a.logprob)
    return phrases.shareOut(all, states).slice(0, count)
  }

  private endingOf(parent: Beam, id: number): Ending | null {
    const tokens = [...parent.tokens, id]
    const ending = this.parts.stop.after(tokens)
    if (ending?.finish_reason === 'stop') return ending
    const promptLength = parent.tokens.length - parent.hypothesis.length
    const stop_reason = this.parts.stopString(tokens.slice(promptLength))
    return stop_reason === null ? ending : { finish_reason: 'stop', stop_reason }
  }

  private lacksPhrases({ phrases: state }: Beam, id: number): boolean {
    const { phrases } = this.parts
    return state !== null && phrases!.missing(phrases!.next(state, id)) > 0
  }

  /** Gives each survivor a cache: its parent's own, or a fork of it if siblings live on too. */
  private settle(survivors: readonly { beam: number; hypothesis: Hypothesis }[]): Beam[] {
    const used = new Set<number>()
    const next = survivors.map(({ beam, hypothesis }) => {
      const { tokens, cache, phrases } = this.live[beam]!
      const id = hypothesis.last!.id
      const own = used.has(beam) ? cache.fork() : cache
      used.add(beam)
      return {
        hypothesis,
        tokens: [...tokens, id],
        cache: own,
        phrases: phrases && this.parts.phrases!.next(phrases, id),
      }
    })
    for (const [index, { cache }] of this.live.entries()) if (!used.has(index)) cache.dispose()
    return next
  }
}
