/** Server-sent events: a data line each, those of a batch in one chunk; `[DONE]` after the last. */
export async function* eventText(batches: AsyncIterable<object[]>): AsyncGenerator<string> {
  for await (const events of batches) {
    if (events.length > 0) yield events.map(dataLine).join('')
  }
  yield 'data: [DONE]\n\n'
}

export const dataLine = (event: object) => `data: ${JSON.stringify(event)}\n\n`

/** A comment, which every reader of events skips. */
export const EVENT_HEARTBEAT = ': keepalive\n\n'
