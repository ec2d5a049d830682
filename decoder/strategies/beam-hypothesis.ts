import type { BeamHypothesis, DoneEvent, TokenEvent } from '../events.ts'

export type TokenReport = Omit<TokenEvent, 'type'>
export type Ending = Pick<DoneEvent, 'finish_reason' | 'stop_reason'>

/** A sequence of a beam search: its last token and the hypothesis before that, which many may share. Never changes. */
export class Hypothesis implements BeamHypothesis {
  /** Tokens generated. */
  readonly length: number
  readonly logprob: number
  readonly score: number
  /** Why it ended; null while it grows. */
  readonly ending: Ending | null
  /** Its newest token; null if it has none. */
  readonly last: TokenReport | null
  private readonly parent: Hypothesis | null

  /** The empty hypothesis, from which all grow. */
  static readonly EMPTY = new Hypothesis(null, null, 0, 0, null)

  private constructor(
    parent: Hypothesis | null,
    token: TokenReport | null,
    logprob: number,
    score: number,
    ending: Ending | null,
  ) {
    this.parent = parent
    this.last = token
    this.length = parent ? parent.length + 1 : 0
    this.logprob = logprob
    this.score = score
    this.ending = ending
  }

  /**
   * @param logprob what the longer hypothesis' log-probabilities add up to
   * @param norm    length^length_penalty at the new length
   */
  grow(token: TokenReport, logprob: number, norm: number, ending: Ending | null): Hypothesis {
    return new Hypothesis(this, token, logprob, logprob / norm, ending)
  }

  /** What the model thought of each token, first to last. */
  get tokens(): TokenReport[] {
    const tokens: TokenReport[] = []
    for (let at: Hypothesis | null = this; at?.last; at = at.parent) tokens.push(at.last)
    return tokens.reverse()
  }

  get ids(): number[] {
    return this.tokens.map(({ id }) => id)
  }
}
