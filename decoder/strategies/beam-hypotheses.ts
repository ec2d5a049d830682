import { power } from '../numerics/power.ts'
import type { Hypothesis } from './beam-hypothesis.ts'

/** `true`: as soon as there are enough; `false`: when better ones are unlikely; `never`: when there can be none. */
export type EarlyStopping = boolean | 'never'

export interface BeamHypothesesOptions {
  /** How many are kept: the beam width. */
  size: number
  lengthPenalty: number
  earlyStopping: EarlyStopping
  /** Most tokens a hypothesis can have. */
  limit: number
}

/** The best hypotheses that have ended, as in Hugging Face's class of this name. */
export class BeamHypotheses {
  private readonly options: BeamHypothesesOptions
  /** Best first; of equal scores, the one that ended first. */
  private list: Hypothesis[] = []

  constructor(options: BeamHypothesesOptions) {
    this.options = options
  }

  get best(): readonly Hypothesis[] {
    return this.list
  }

  get isFull(): boolean {
    return this.list.length >= this.options.size
  }

  /** Keeps it if it is among the best. */
  add(hypothesis: Hypothesis): void {
    const place = this.list.findIndex(({ score }) => score < hypothesis.score)
    this.list.splice(place < 0 ? this.list.length : place, 0, hypothesis)
    this.list.length = Math.min(this.list.length, this.options.size)
  }

  /**
   * Whether a live hypothesis may still end among the best. A sum of log-probabilities only falls, but how its score
   * moves depends on the length it is divided by: `never` takes the length, up to the limit, that is kindest to it, and
   * so stops only when nothing can be missed (unless a processor, such as a positive bias, makes log-probabilities
   * rise above 0); `false` takes the present length, which stops sooner.
   *
   * @param logprob best sum of log-probabilities among the live ones
   * @param length  their tokens so far
   */
  canImprove(logprob: number, length: number): boolean {
    if (!this.isFull) return true
    const { earlyStopping, lengthPenalty, limit } = this.options
    if (earlyStopping === true) return false
    const kindest = earlyStopping === 'never' && lengthPenalty > 0 ? limit : length
    return logprob / power(kindest, lengthPenalty) > this.list.at(-1)!.score
  }
}
