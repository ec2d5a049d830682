import type { ChatMessage } from '../conversation/chat-template.ts'
import { itemAskedFor } from './lists.ts'
import { partSystemMessage } from './system-parts.ts'
import { cosine, type Exchange, type WordVectors } from './word-vectors.ts'

/**
 * How near a unit must be to be read, 1 being as near as what answers nothing, and the line before it that says so: the
 * nearer, the more likely it answers, and what it says decides the rest (model/train/generators/lookup.py).
 */
const SURE = [
  [1.05, ''],
  [0.85, 'Likely:'],
  [0.65, 'Perhaps:'],
  [0.45, 'Hardly:'],
] as const
const BEFORE = 'Before:'
/** Between the nearest unit and another that is read too. */
const CLOSE = 0.12

/**
 * Makes of a system message that holds more than the model can read well one that holds what the last question needs: the
 * introduction, then the unit nearest to it (of a list, the item that it names), or two if they are about as near, and the
 * one nearest to the question before, since one may go on about the other. A question that no unit is near to gets none, so
 * that it is declined. The rest of the chat stays as it is.
 *
 * No more units than that: a small model tells less well which of several answers than the lookup does.
 */
export class Lookup {
  readonly #vectors: WordVectors

  constructor(vectors: WordVectors) {
    this.#vectors = vectors
  }

  /** @returns the chat with what was looked up, or as it was if there is nothing to look up; the same for the same chat */
  narrow(messages: readonly ChatMessage[]): ChatMessage[] {
    const [system, ...turns] = messages
    const [last, before] = [...turns.keys()].filter((i) => turns[i]!.role === 'user').toReversed()
    if (system?.role !== 'system' || last === undefined) return [...messages]
    const { introduction, units } = partSystemMessage(system.content)
    if (units.length === 0) return [...messages]
    const directions = units.map((unit) => this.#vectors.ofUnit(unit))
    const { sure, found } = this.#find(turns, last, directions)
    const told = found.map((unit) => units[unit]!)
    if (told[0] !== undefined) told[0] = itemAskedFor(told[0], turns[last]!.content) ?? told[0]
    if (sure) told.unshift(sure)
    if (before !== undefined) {
      const [nearest] = this.#find(turns, before, directions).found
      if (nearest !== undefined && !found.includes(nearest)) told.push(BEFORE, units[nearest]!)
    }
    return [{ ...system, content: [introduction, ...told].join('\n') }, ...turns]
  }

  /** The nearest unit, and the second if it is close, where they are near enough, for the question in a turn. */
  #find(
    turns: readonly ChatMessage[],
    turn: number,
    directions: readonly Float32Array[],
  ): { found: number[]; sure?: string } {
    const asked = this.#vectors.ofQuestion(turns[turn]!.content, exchangeBefore(turns, turn))
    const near = directions.map((unit) => cosine(asked, unit) / this.#vectors.nothing)
    const [nearest, second] = [...near.keys()].sort((a, b) => near[b]! - near[a]!)
    const sure = SURE.find(([least]) => near[nearest!]! >= least)?.[1]
    if (sure === undefined) return { found: [] }
    const isClose = second !== undefined && near[nearest!]! - near[second]! < CLOSE
    return { found: isClose ? [nearest!, second] : [nearest!], sure }
  }
}

function exchangeBefore(turns: readonly ChatMessage[], index: number): Exchange | undefined {
  const [asked, answered] = [turns[index - 2], turns[index - 1]]
  const isExchange = asked?.role === 'user' && answered?.role === 'assistant'
  return isExchange ? { asked: asked.content, answered: answered.content } : undefined
}
