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
/** So much farther than the nearest unit another may be that it is read for its own sake too, and so many are at most. */
const REACH = 0.2
const MOST = 3

/** What may be read in place of a chat. */
export interface Narrowed {
  readonly messages: ChatMessage[]
  /** Of the unit that it tells, as above; 0 if it tells none. */
  readonly nearness: number
}

/**
 * Makes of a system message that holds more than the model can read well one that holds what the last question needs: the
 * introduction, then the unit nearest to it (of a list, the item that it names), and the one nearest to the question
 * before, since one may go on about the other. A question that no unit is near to gets none, so that it is declined. The
 * rest of the chat stays as it is.
 *
 * Where others are about as near as the nearest, each is told in a chat of its own: a small model tells well whether one
 * unit answers, and badly which of several does. Which chat is answered, `likeliest` says.
 */
export class Lookup {
  readonly #vectors: WordVectors

  constructor(vectors: WordVectors) {
    this.#vectors = vectors
  }

  /**
   * @returns a chat for each unit that may answer, three at most, that with the nearest first, and last one that tells none;
   *          the chat as it was if there is nothing to look up. The same for the same chat
   */
  narrow(messages: readonly ChatMessage[]): Narrowed[] {
    const [system, ...turns] = messages
    const [last, before] = [...turns.keys()].filter((i) => turns[i]!.role === 'user').toReversed()
    const whole = [{ messages: [...messages], nearness: 0 }]
    if (system?.role !== 'system' || last === undefined) return whole
    const { introduction, units } = partSystemMessage(system.content)
    if (units.length === 0) return whole
    const directions = units.map((unit) => this.#vectors.ofUnit(unit))
    const [remembered] = before === undefined ? [] : this.#near(turns, before, directions)
    const tell = (told: string[], index?: number): ChatMessage[] => {
      const isOther = remembered !== undefined && remembered.index !== index
      const others = isOther ? [BEFORE, units[remembered.index]!] : []
      return [{ ...system, content: [introduction, ...told, ...others].join('\n') }, ...turns]
    }
    const found = this.#near(turns, last, directions)
    const told = found.map(({ index, nearness, heading }) => {
      const unit = itemAskedFor(units[index]!, turns[last]!.content) ?? units[index]!
      return { messages: tell(heading ? [heading, unit] : [unit], index), nearness }
    })
    return [...told, { messages: tell([]), nearness: 0 }]
  }

  /** The units near enough to be read for the question in a turn, the nearest first. */
  #near(turns: readonly ChatMessage[], turn: number, directions: readonly Float32Array[]) {
    const asked = this.#vectors.ofQuestion(turns[turn]!.content, exchangeBefore(turns, turn))
    const ranked = directions
      .map((unit, index) => ({ index, nearness: cosine(asked, unit) / this.#vectors.nothing }))
      .sort((a, b) => b.nearness - a.nearness)
      .slice(0, MOST)
    return ranked.flatMap(({ index, nearness }) => {
      const heading = SURE.find(([least]) => nearness >= least)?.[1]
      const isNear = heading !== undefined && nearness > ranked[0]!.nearness - REACH
      return isNear ? [{ index, nearness, heading }] : []
    })
  }
}

function exchangeBefore(turns: readonly ChatMessage[], index: number): Exchange | undefined {
  const [asked, answered] = [turns[index - 2], turns[index - 1]]
  const isExchange = asked?.role === 'user' && answered?.role === 'assistant'
  return isExchange ? { asked: asked.content, answered: answered.content } : undefined
}
