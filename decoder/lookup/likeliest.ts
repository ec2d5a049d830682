import { exp, log } from '../numerics/exp-log.ts'

/** Log-odds, in nats, that a unit answers rise by so much with its nearness, see `lookup.ts`. */
const BY_NEARNESS = 10
/** The model's own log-odds count no more than this: it is sooner sure than right. */
const MOST = 8
/** Under this sum, declining is the better guess: with it, of a hundred questions without an answer some 85 are declined. */
const LEAST = 8.25

export interface Answerable {
  /** Of the unit that it tells, 1 being as near as what answers nothing. */
  readonly nearness: number
  /** ln p that the model declines. */
  readonly declining: number
}

/**
 * Which of some prompts is the likeliest to be answered, by how near its unit is and by what the model itself thinks of it:
 * each knows what the other does not.
 *
 * @returns the first of equals; undefined if none is likely to be
 */
export function likeliest<Prompt extends Answerable>(
  prompts: readonly Prompt[],
): Prompt | undefined {
  const scores = prompts.map(({ nearness, declining }) => {
    const odds = log(1 - exp(declining)) - declining
    return BY_NEARNESS * nearness + Math.max(-MOST, Math.min(MOST, odds))
  })
  const best = Math.max(...scores)
  return best >= LEAST ? prompts[scores.indexOf(best)] : undefined
}
