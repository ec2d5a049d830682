/**
 * Finds stop strings in text that arrives in pieces, and says how much of its end must wait because it may become one.
 */
export class StopMatcher {
  private readonly stops: readonly string[]

  constructor(stops: readonly string[]) {
    this.stops = stops
  }

  /** The stop string that begins first (the longest of those that begin together), or null. */
  find(text: string, from = 0): { index: number; stop: string } | null {
    let found: { index: number; stop: string } | null = null
    for (const stop of this.stops) {
      const index = text.indexOf(stop, from)
      if (index < 0) continue
      const earlier = !found || index < found.index
      const longer = found && index === found.index && stop.length > found.stop.length
      if (earlier || longer) found = { index, stop }
    }
    return found
  }

  /** Length of the longest end of `text` that is a true beginning of a stop string. */
  held(text: string, from = 0): number {
    let held = 0
    for (const stop of this.stops) {
      for (let n = Math.min(stop.length - 1, text.length - from); n > held; n--) {
        if (text.endsWith(stop.slice(0, n))) held = n
      }
    }
    return held
  }
}
