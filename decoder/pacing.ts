import { pause, pauses } from './pause.ts'

/**
 * Multiply-adds between two pauses: a few milliseconds of work on any engine. A pause a token would cost more than the
 * token of a small model; and clocks stand still at the edge while code computes, so work is counted, not time.
 */
const WORK_BETWEEN_PAUSES = 4e6

/** Multiply-adds of one prefill pass: some tens of milliseconds, the longest an abort may go unnoticed. */
const WORK_PER_PREFILL_PASS = 2.5e8

/** How many tokens one prefill pass may hold. */
export function prefillChunk(parameters: number): number {
  return Math.max(8, Math.min(256, Math.floor(WORK_PER_PREFILL_PASS / parameters)))
}

/** Gathers events into batches, one for each span between pauses, and pauses after each unless there was a pause in it. */
export async function* paced<Event>(
  events: AsyncIterable<Event>,
  parameters: number,
): AsyncGenerator<Event[]> {
  let batch: Event[] = []
  let before = pauses()
  for await (const event of events) {
    batch.push(event)
    if (batch.length * parameters < WORK_BETWEEN_PAUSES) continue
    yield batch
    batch = []
    if (pauses() === before) await pause()
    before = pauses()
  }
  if (batch.length > 0) yield batch
}
