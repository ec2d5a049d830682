export interface ServerSentEvent {
  /** `message` unless the stream says otherwise. */
  event: string
  data: string
}

/** Far over any event we ask for; a line that never ends must not fill the memory. */
const MAX_EVENT_CHARS = 4_000_000

/**
 * Server-sent events out of bytes, by the rules of the HTML standard ("Interpreting an event stream"): any of the three
 * line ends, comments, an optional space after the colon, several data lines in one event. Bytes may be cut anywhere,
 * also inside a character or between CR and LF. An event counts once its blank line has come.
 */
export class EventStreamDecoder {
  readonly #decoder = new TextDecoder()
  #line = ''
  #afterCarriageReturn = false
  #event = ''
  #data: string[] = []
  #size = 0

  /** Takes the next bytes; returns the events they complete. */
  push(bytes: Uint8Array): ServerSentEvent[] {
    const events: ServerSentEvent[] = []
    const text = this.#decoder.decode(bytes, { stream: true })
    let start = 0
    for (let i = 0; i < text.length; i++) {
      const char = text[i]
      if (char !== '\n' && char !== '\r') {
        this.#afterCarriageReturn = false
        continue
      }
      const secondOfPair = char === '\n' && this.#afterCarriageReturn
      this.#afterCarriageReturn = char === '\r'
      if (!secondOfPair) {
        const event = this.#endLine(this.#line + text.slice(start, i))
        if (event) events.push(event)
        this.#line = ''
      }
      start = i + 1
    }
    this.#line += text.slice(start)
    if (this.#line.length + this.#size > MAX_EVENT_CHARS) throw new RangeError('event too long')
    return events
  }

  #endLine(line: string): ServerSentEvent | null {
    if (line === '') {
      const data = this.#data
      const event = { event: this.#event || 'message', data: data.join('\n') }
      this.#event = ''
      this.#data = []
      this.#size = 0
      return data.length > 0 ? event : null
    }
    const colon = line.indexOf(':')
    const field = colon < 0 ? line : line.slice(0, colon)
    const value = colon < 0 ? '' : line.slice(line[colon + 1] === ' ' ? colon + 2 : colon + 1)
    if (field === 'data') {
      this.#data.push(value)
      this.#size += value.length
    } else if (field === 'event') {
      this.#event = value
    }
    return null
  }
}
