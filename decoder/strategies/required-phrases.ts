import type { Logits } from '../logits/index.ts'
import type { Candidate } from './beam-candidates.ts'

/** How far a hypothesis is with the phrases: for each, whether it is met, and how much of each spelling its end is. */
export interface PhraseState {
  readonly met: readonly boolean[]
  readonly matched: readonly (readonly number[])[]
}

/**
 * Phrases that a beam search's answers must contain. Hypotheses that are ahead with them would lose against likelier
 * ones without, so beams are shared out by progress: Post and Vilar 2018, "Fast Lexically Constrained Decoding with
 * Dynamic Beam Allocation". And no token is allowed that leaves too little room for what is missing, so every answer
 * contains them all.
 */
export class RequiredPhrases {
  readonly initial: PhraseState
  /** For each phrase its spellings, any one of which will do. */
  private readonly phrases: readonly (readonly Spelling[])[]

  /** @param phrases each a list of spellings, each of one token or more */
  constructor(phrases: readonly (readonly (readonly number[])[])[]) {
    this.phrases = phrases.map((spellings) => spellings.map((ids) => new Spelling(ids)))
    this.initial = {
      met: phrases.map(() => false),
      matched: phrases.map((spellings) => spellings.map(() => 0)),
    }
  }

  next(state: PhraseState, id: number): PhraseState {
    const matched = this.phrases.map((spellings, p) =>
      spellings.map((spelling, s) => spelling.next(state.matched[p]![s]!, id)),
    )
    const met = this.phrases.map(
      (spellings, p) =>
        state.met[p]! || spellings.some(({ ids }, s) => matched[p]![s] === ids.length),
    )
    return { met, matched }
  }

  /** Tokens that surely suffice to meet what is unmet: finish the phrase that gains most by it, then write the others. */
  missing({ met, matched }: PhraseState): number {
    let total = 0
    let begun = 0
    for (const [p, spellings] of this.phrases.entries()) {
      if (met[p]) continue
      const whole = Math.min(...spellings.map(({ ids }) => ids.length))
      const rest = Math.min(...spellings.map(({ ids }, s) => ids.length - matched[p]![s]!))
      total += whole
      begun = Math.max(begun, whole - rest)
    }
    return total - begun
  }

  /**
   * Rules out what would make the phrases impossible: an end before they are met, and tokens after which too little
   * room is left.
   *
   * @param left tokens that may still be generated, the coming one included
   */
  restrict(scores: Logits, state: PhraseState, left: number, endIds: readonly number[]): void {
    if (this.missing(state) === 0) return
    for (const id of endIds) scores[id] = Number.NEGATIVE_INFINITY
    const forgetful = { ...state, matched: this.initial.matched }
    if (this.missing(forgetful) < left) return
    const kept = this.wanted(state)
      .filter((id) => this.missing(this.next(state, id)) < left)
      .map((id) => [id, scores[id]!] as const)
    scores.fill(Number.NEGATIVE_INFINITY)
    for (const [id, score] of kept) scores[id] = score
  }

  /** Tokens that bring any unmet phrase further. */
  wanted({ met, matched }: PhraseState): number[] {
    const ids = new Set<number>()
    for (const [p, spellings] of this.phrases.entries()) {
      if (met[p]) continue
      for (const [s, spelling] of spellings.entries()) {
        for (const id of spelling.continuations(matched[p]![s]!)) ids.add(id)
      }
    }
    return [...ids]
  }

  /**
   * Sorts candidates so that the best of each stage of progress come first, the furthest stage before the others, then
   * the second best of each, and so on.
   */
  shareOut(candidates: readonly Candidate[], states: readonly PhraseState[]): Candidate[] {
    const stages = new Map<number, Candidate[]>()
    for (const candidate of candidates) {
      const stage = this.missing(this.next(states[candidate.beam]!, candidate.id))
      stages.set(stage, [...(stages.get(stage) ?? []), candidate])
    }
    const banks = [...stages].sort(([a], [b]) => a - b).map(([, bank]) => bank)
    const ranks = Math.max(0, ...banks.map((bank) => bank.length))
    return Array.from({ length: ranks }, (_, rank) =>
      banks.flatMap((bank) => bank[rank] ?? []),
    ).flat()
  }
}

/** One spelling of a phrase, looked for token by token (Knuth, Morris and Pratt 1977). */
class Spelling {
  readonly ids: readonly number[]
  /** fallback[n]: length of the longest proper end of the first n tokens that is also their beginning. */
  private readonly fallback: number[] = [0, 0]

  constructor(ids: readonly number[]) {
    this.ids = ids
    for (let n = 1; n < ids.length; n++) {
      this.fallback.push(this.extend(this.fallback[n]!, ids[n]!))
    }
  }

  /** How many tokens match after one more. */
  next(matched: number, id: number): number {
    return this.extend(matched === this.ids.length ? this.fallback[matched]! : matched, id)
  }

  /** Tokens after which more than none match. */
  continuations(matched: number): number[] {
    const ids: number[] = []
    for (let n = matched; ; n = this.fallback[n]!) {
      if (n < this.ids.length) ids.push(this.ids[n]!)
      if (n === 0) return ids
    }
  }

  private extend(matched: number, id: number): number {
    while (matched > 0 && this.ids[matched] !== id) matched = this.fallback[matched]!
    return this.ids[matched] === id ? matched + 1 : 0
  }
}
