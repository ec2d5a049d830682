import type { ChatMessage } from '../conversation/chat-template.ts'
import { itemAskedFor } from './lists.ts'
import { partSystemMessage } from './system-parts.ts'
import { cosine, type Exchange, type WordVectors } from './word-vectors.ts'

/** Cosines between the nearest unit and another that is read too; the model learnt from such (model/train/generators/lookup.py). */
const CLOSE = 0.05

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
    const questions = [...turns.keys()].filter((index) => turns[index]!.role === 'user').slice(-2)
    if (system?.role !== 'system' || questions.length === 0) return [...messages]
    const { introduction, units } = partSystemMessage(system.content)
    if (units.length === 0) return [...messages]
    const directions = units.map((unit) => this.#vectors.ofUnit(unit))
    const found = new Map<number, string>()
    for (const [ago, index] of questions.toReversed().entries()) {
      const asked = this.#vectors.ofQuestion(turns[index]!.content, exchangeBefore(turns, index))
      const near = directions.map((direction) => cosine(asked, direction))
      const [nearest, second] = this.#answering(near)
      if (nearest === undefined) continue
      if (ago > 0) {
        if (!found.has(nearest)) found.set(nearest, units[nearest]!)
        continue
      }
      const unit = units[nearest]!
      found.set(nearest, itemAskedFor(unit, turns[index]!.content) ?? unit)
      const isClose = second !== undefined && near[nearest]! - near[second]! < CLOSE
      if (isClose) found.set(second, units[second]!)
    }
    const told = [introduction, ...found.values()]
    return [{ ...system, content: told.join('\n') }, ...turns]
  }

  /** Units near enough, the nearest first. */
  #answering(near: readonly number[]): number[] {
    const enough = [...near.keys()].filter((unit) => near[unit]! >= this.#vectors.threshold)
    return enough.sort((a, b) => near[b]! - near[a]!)
  }
}

function exchangeBefore(turns: readonly ChatMessage[], index: number): Exchange | undefined {
  const [asked, answered] = [turns[index - 2], turns[index - 1]]
  const isExchange = asked?.role === 'user' && answered?.role === 'assistant'
  return isExchange ? { asked: asked.content, answered: answered.content } : undefined
}
