import type { Ticket } from './ticket.ts'

/** Fewest tokens that there is room for besides the oldest's: a row more costs little, weights are read once. */
const LEAST_ROOM = 32

/**
 * Who shares the next pass: whoever has waited longest, and of the others the smallest until all tokens reach the
 * budget. So a long prompt, which comes in chunks, holds up a text that grows token by token for one pass at most; and
 * it is held up itself by no more than those who came before it.
 *
 * @param queue   at least one, the oldest first
 * @param budget  tokens of a pass; the oldest may have more, and `LEAST_ROOM` is left for others in any case
 */
export function nextRound(queue: readonly Ticket[], budget: number): Ticket[] {
  const [oldest, ...others] = queue
  const round = [oldest!]
  let room = Math.max(LEAST_ROOM, budget - oldest!.size)
  for (const ticket of others.sort((a, b) => a.size - b.size)) {
    room -= ticket.size
    if (room < 0) break
    round.push(ticket)
  }
  return round
}
