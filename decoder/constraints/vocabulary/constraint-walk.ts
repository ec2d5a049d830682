import type { Logits } from '../../logits/logits.ts'
import type { Position } from '../automaton/position.ts'
import type { TokenConstraint } from './token-constraint.ts'

/**
 * Most steps of the automaton for one generation: a second or two, in parts of a tenth at most, and a millisecond or two
 * for each question more, since long texts may have long counts.
 */
const MAX_WORK = 10_000_000
const WORK_A_QUESTION = 20_000
/** Most readings held: of a text that can be read in many ways only the last positions are, and earlier ones walked to anew. */
const MAX_HELD = 100_000
const LAST = 16

interface Step {
  id: number
  /** After this token. Null: it was ruled out. Undefined: no longer held. */
  position: Position | null | undefined
}

/** A generation's way through a constraint: asked about tokens, which mostly are those of last time and one more. */
export class ConstraintWalk {
  private readonly constraint: TokenConstraint
  /** The tokens that were asked about last. */
  private readonly path: Step[] = []
  private held = 0
  private work = 0
  private questions = 0

  constructor(constraint: TokenConstraint) {
    this.constraint = constraint
  }

  /**
   * Rules out the tokens that can't go on a text that satisfies the constraint. A guess that goes against it already is
   * never used, so what follows it is left alone.
   *
   * @param logits  [vocabSize] unnormalised log-probabilities, changed in place
   * @param tokens  the tokens so far; from `start` on they were generated
   * @param ends    tokens that end the text: possible only where it may end, with what they say themselves
   * @throws {DecodingError} invalid_value if no token of this vocabulary goes on, or it takes too much work
   */
  restrict(logits: Logits, tokens: readonly number[], start: number, ends: readonly number[]) {
    this.within(() => {
      const position = this.positionAfter(tokens, start)
      if (!position) return
      const mask = this.constraint.mask(position)
      const kept = ends
        .filter((id) => this.constraint.afterToken(position, id)?.accepts)
        .map((id) => [id, logits[id]!] as const)
      for (let id = 0; id < logits.length; id++) {
        const word = mask[id >>> 5] ?? 0
        if (!((word >>> (id & 31)) & 1)) logits[id] = Number.NEGATIVE_INFINITY
      }
      for (const id of ends) logits[id] = Number.NEGATIVE_INFINITY
      for (const [id, logit] of kept) logits[id] = logit
    })
  }

  /** Whether the text of these generated tokens satisfies the constraint and no token goes on. */
  mustEnd(tokens: readonly number[], start: number): boolean {
    return this.within(() => {
      const position = this.positionAfter(tokens, start)
      return position !== null && this.constraint.mustEnd(position)
    })
  }

  private positionAfter(tokens: readonly number[], start: number): Position | null {
    const { path } = this
    let known = 0
    while (known < path.length && path[known]!.id === tokens[start + known]) known++
    while (known > 0 && path[known - 1]!.position === undefined) known--
    path.length = known
    let position = known === 0 ? this.constraint.start : path[known - 1]!.position!
    for (let i = start + known; i < tokens.length; i++) {
      const id = tokens[i]!
      position = position && this.constraint.afterToken(position, id)!
      this.push({ id, position })
    }
    return position
  }

  private push(step: Step): void {
    const { path } = this
    path.push(step)
    this.held += step.position?.states.length ?? 0
    if (this.held <= MAX_HELD) return
    for (const old of path.slice(0, -LAST)) old.position = undefined
    this.held = path.reduce((sum, { position }) => sum + (position?.states.length ?? 0), 0)
  }

  private within<Result>(step: () => Result): Result {
    const before = this.constraint.work
    const result = step()
    this.work += this.constraint.work - before
    if (this.work <= MAX_WORK + WORK_A_QUESTION * ++this.questions) return result
    throw this.constraint.tooMuchWork()
  }
}
