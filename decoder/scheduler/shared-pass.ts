import type { LanguageModel } from '../language-model.ts'
import type { Ticket } from './ticket.ts'

/**
 * Serves all tickets with one forward pass. Never throws: if the pass fails, its caches are rolled back and each ticket
 * is tried alone, so that one generation's fault is no other's.
 */
export async function sharedPass(model: LanguageModel, tickets: readonly Ticket[]): Promise<void> {
  const lengths = tickets.map(({ steps }) => steps.map(({ cache }) => cache.length))
  try {
    const rows = await model.forward(tickets.flatMap(({ steps }) => steps))
    for (const ticket of tickets) {
      ticket.settle({ ok: true, rows: rows.splice(0, ticket.steps.length) })
    }
  } catch (error) {
    for (const [index, ticket] of tickets.entries()) {
      if (tickets.length === 1 || !rollBack(ticket, lengths[index]!)) {
        ticket.settle({ ok: false, error })
      } else {
        await sharedPass(model, [ticket])
      }
    }
  }
}

/** Brings a ticket's caches back to these lengths; false if that can't be done. */
function rollBack({ steps }: Ticket, lengths: readonly number[]): boolean {
  try {
    for (const [index, { cache }] of steps.entries()) {
      if (cache.length !== lengths[index]) cache.truncate(lengths[index]!)
    }
    return true
  } catch {
    return false
  }
}
