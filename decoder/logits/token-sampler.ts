import { DecodingError } from '../errors.ts'
import type { Random } from '../numerics/random.ts'
import type { GenerationOptions } from '../options.ts'
import type { Logits } from './logits.ts'
import { MirostatV2 } from './mirostat.ts'
import { type LogitsProcessor, logitsWarpers } from './processor-list.ts'
import { argmax, multinomial } from './select.ts'

/** Picks one token after another from processed logits. Mirostat and the random numbers go on from pick to pick. */
export class TokenSampler {
  readonly greedy: boolean
  private readonly random: Random
  private readonly warpers: LogitsProcessor[]
  private readonly mirostat: MirostatV2 | null

  constructor(options: GenerationOptions, random: Random) {
    this.greedy = options.temperature === 0
    this.random = random
    this.warpers = logitsWarpers(options, random)
    this.mirostat =
      options.mirostat === 2 && !this.greedy
        ? new MirostatV2(options.mirostat_tau, options.mirostat_eta)
        : null
  }

  /**
   * @param logits [vocabSize] processed, unnormalised log-probabilities; warped in place
   * @param tokens the tokens so far, prompt included
   * @throws {DecodingError} invalid_value if the processors have left nothing
   */
  pick(logits: Logits, tokens: readonly number[]): number {
    const best = argmax(logits)
    if (!(logits[best]! > Number.NEGATIVE_INFINITY)) {
      throw new DecodingError('No token is left to choose from', 'invalid_value')
    }
    if (this.greedy) return best
    this.warp(logits, tokens)
    const id = multinomial(logits, this.random)
    this.accept(logits, id)
    return id
  }

  /** Shapes the distribution that `pick` draws from, for those who draw in another way and then `accept` what they drew. */
  warp(logits: Logits, tokens: readonly number[]): void {
    for (const warp of this.warpers) warp(logits, tokens)
    this.mirostat?.truncate(logits)
  }

  /** @param logits as `warp` left them */
  accept(logits: Logits, id: number): void {
    this.mirostat?.accept(logits, id)
  }
}
