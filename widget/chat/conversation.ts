import type { Message } from '../engine/chat-engine.ts'

/**
 * One bubble. An answer is `waiting` until its first word, then `streaming`, and ends `done`, `stopped` by the visitor or
 * `failed` with what had come. A question is `done`, or `failed` if no answer to it ever began.
 */
export interface Turn {
  /** Counts up within a conversation. */
  id: number
  role: 'user' | 'assistant'
  text: string
  status: 'waiting' | 'streaming' | 'done' | 'stopped' | 'failed'
  /** Why it failed or was cut short. */
  problem?: Problem
}

export interface Problem {
  code:
    | 'offline'
    | 'unreachable'
    | 'busy'
    | 'refused'
    | 'broken_off'
    | 'failed'
    | 'too_long'
    | 'empty'
    | 'cut_short'
  /** The engine's own words, if it had some. */
  detail: string
}

/** Turns that went wrong before a word came are not part of what was said. */
const wasSaid = (turn: Turn) =>
  turn.text !== '' && !(turn.role === 'user' && turn.status === 'failed')

/**
 * What the model is asked: the system text, then the turns from `from` on up to the question at `last`.
 *
 * @param from  id of the first turn still sent; older ones were dropped because the conversation is too long
 */
export function requestMessages(
  turns: readonly Turn[],
  last: number,
  from: number,
  system: string,
): Message[] {
  const inReach = turns.filter((turn) => turn.id >= from && turn.id <= last && wasSaid(turn))
  // A question that never got an answer is left out: templates want the two sides to take turns.
  const said = inReach.filter(
    (turn, i) =>
      turn.role === 'assistant' || turn.id === last || inReach[i + 1]?.role === 'assistant',
  )
  const messages = said.map(({ role, text }): Message => ({ role, content: text }))
  return system ? [{ role: 'system', content: system }, ...messages] : messages
}

/**
 * Where to begin so that the oldest exchange is left out.
 *
 * @returns id of the second question still sent; null if the last question alone is left
 */
export function dropOldestExchange(
  turns: readonly Turn[],
  last: number,
  from: number,
): number | null {
  const questions = turns.filter(
    (turn) => turn.role === 'user' && turn.id >= from && turn.id <= last && wasSaid(turn),
  )
  return questions[1]?.id ?? null
}
