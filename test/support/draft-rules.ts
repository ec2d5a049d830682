import { Random } from '../../decoder/numerics/random.ts'
import type { DraftRules } from '../../decoder/strategies/drafters/index.ts'

/** Rules of a generation without processors or warpers: greedy unless changed. */
export function draftRules(changes: Partial<DraftRules> = {}): DraftRules {
  return {
    greedy: true,
    random: new Random(1),
    endIds: [],
    process: () => {},
    warp: () => {},
    signal: undefined,
    ...changes,
  }
}
