import type { ChatMessage } from '../conversation/chat-template.ts'
import type { PromptEncoder } from '../conversation/prompt-encoder.ts'
import { DecodingError } from '../errors.ts'
import { pause } from '../pause.ts'
import type { EmbeddingModel } from './embedding-model.ts'
import { cosine, type LookupSpace } from './lookup-space.ts'
import { partSystemMessage } from './system-parts.ts'

/** Tokens of what was said before a question that are read with it. */
const MOST_BEFORE = 96
/** Most tokens of a system message, in contexts: all of it is read once. */
const MOST_CONTEXTS = 8
/** Directions remembered. */
const REMEMBERED = 4096

type Salt = string | null | undefined

export interface LookupOptions {
  /** As of `PrefixCache`: what was read is remembered for the same salt alone, since the time it takes would tell. */
  salt?: Salt
  signal?: AbortSignal | undefined
}

/**
 * Makes of a system message that holds more than the model can read well one that holds what the last question needs: the
 * introduction, then the unit nearest to it, and the one nearest to the question before, since one may go on about the
 * other. A question that no unit is near to gets none, so that it is declined. The rest of the chat stays as it is.
 *
 * One unit and not several: a small model tells less well which of three answers than the lookup does.
 */
export class Lookup {
  readonly #model: EmbeddingModel
  readonly #encoder: PromptEncoder
  readonly #space: LookupSpace
  /** By the tokens read and the salt, the least recently used first. */
  readonly #directions = new Map<string, Float32Array>()

  constructor(model: EmbeddingModel, encoder: PromptEncoder, space: LookupSpace) {
    this.#model = model
    this.#encoder = encoder
    this.#space = space
  }

  /**
   * @returns the chat with what was looked up, or as it was if there is nothing to look up; null if the signal stopped it
   * @throws {DecodingError} template_error, or context_length_exceeded for a system message of many contexts
   */
  async narrow(
    messages: readonly ChatMessage[],
    { salt, signal }: LookupOptions = {},
  ): Promise<ChatMessage[] | null> {
    const [system, ...turns] = messages
    const questions = [...turns.keys()].filter((index) => turns[index]!.role === 'user').slice(-2)
    if (system?.role !== 'system' || questions.length === 0) return [...messages]
    const { introduction, units } = partSystemMessage(system.content)
    if (units.length === 0) return [...messages]
    const directions: Float32Array[] = []
    for (const ids of this.#idsOf(units)) {
      if (signal?.aborted) return null
      directions.push(await this.#direction('unit', ids, salt))
    }
    const found = new Set<number>()
    for (const index of questions.toReversed()) {
      if (signal?.aborted) return null
      const asked = await this.#ofQuestion(turns.slice(Math.max(0, index - 2), index + 1), salt)
      const near = directions.map((direction) => cosine(asked, direction))
      const nearest = Math.max(...near)
      if (nearest >= this.#space.threshold) found.add(near.indexOf(nearest))
    }
    const told = [introduction, ...[...found].map((unit) => units[unit]!)]
    return [{ ...system, content: told.join('\n') }, ...turns]
  }

  /** Of each unit, as a message by itself. */
  #idsOf(units: readonly string[]): number[][] {
    const { contextLength, eosIds } = this.#model.config
    let room = MOST_CONTEXTS * contextLength
    return units.map((content) => {
      const whole = this.#encoder.encodeChat([{ role: 'system', content }], false)
      // Without what the template writes after the message's end.
      const end = whole.findLastIndex((id) => eosIds.includes(id))
      const ids = end < 0 ? whole : whole.slice(0, end + 1)
      room -= ids.length
      if (room >= 0) return ids
      throw new DecodingError(
        `At most ${MOST_CONTEXTS * contextLength} tokens of a system message can be looked up, and this one has more`,
        'context_length_exceeded',
        'messages',
      )
    })
  }

  /** @param turns  the question, after the exchange before it */
  #ofQuestion(turns: readonly ChatMessage[], salt: Salt): Promise<Float32Array> {
    const whole = this.#encoder.encodeChat(turns)
    const ids = whole.length <= MOST_BEFORE ? whole : this.#encoder.encodeChat(turns.slice(-1))
    return this.#direction('question', ids, salt)
  }

  async #direction(
    kind: 'unit' | 'question',
    ids: readonly number[],
    salt: Salt,
  ): Promise<Float32Array> {
    const key = JSON.stringify([salt ?? '', kind, ...ids])
    let direction = this.#directions.get(key)
    if (!direction) {
      const { contextLength } = this.#model.config
      const state = await this.#model.embed(ids.slice(-contextLength))
      direction = kind === 'unit' ? this.#space.ofUnit(state) : this.#space.ofQuestion(state)
      await pause()
    }
    this.#directions.delete(key)
    this.#directions.set(key, direction)
    if (this.#directions.size > REMEMBERED) {
      this.#directions.delete(this.#directions.keys().next().value!)
    }
    return direction
  }
}
