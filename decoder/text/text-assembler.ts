import type { TextDelta, TextToken } from '../events.ts'
import { Detokenizer } from './detokenizer.ts'
import { openEmoji } from './emoji.ts'
import { StopMatcher } from './stop-matcher.ts'

export interface TextAssemblerOptions {
  stop: readonly string[]
  /** Leave the stop string in the text. */
  includeStop: boolean
  /** Stop strings count only in the text after this many tokens. */
  minTokens: number
  dropsLeadingSpace: boolean
  /** Whether the text may end so; a stop string counts only where it may. Left out, it may anywhere. */
  mayEnd?: ((text: string) => boolean) | undefined
}

/**
 * Tokens in, text out: whole characters only, and never the beginning of a stop string that later turns out to be one.
 * Text that had to wait is released as soon as it can't become one, or when the generation ends.
 */
export class TextAssembler {
  private readonly detokenizer: Detokenizer
  private readonly matcher: StopMatcher
  private readonly options: TextAssemblerOptions
  /** Decoded but not yet released. */
  private pending = ''
  private released = ''
  /** Where in `pending` stop strings begin to count. */
  private matchFrom = 0
  /** Tokens not yet released, with where their text begins and ends in `pending`. */
  private waiting: { token: TextToken; start: number; end: number }[] = []
  private count = 0

  constructor(options: TextAssemblerOptions) {
    this.options = options
    this.detokenizer = new Detokenizer(options.dropsLeadingSpace)
    this.matcher = new StopMatcher(options.stop)
  }

  /**
   * @returns what can be released now (null if nothing can), and the stop string if one is complete: then the text ends
   *          before it, and no more may be pushed
   */
  push(token: TextToken): { delta: TextDelta | null; stop: string | null } {
    if (this.count < this.options.minTokens) this.matchFrom = this.pending.length
    this.count++
    const start = this.pending.length
    this.pending += this.detokenizer.push(token.bytes)
    // A token that ends inside a character is released with that character.
    const end = this.pending.length + (this.detokenizer.incomplete ? 1 : 0)
    this.waiting.push({ token, start, end })
    if (this.count <= this.options.minTokens) {
      this.matchFrom = this.pending.length
      return { delta: this.release(this.pending.length - openEmoji(this.pending)), stop: null }
    }

    const found = this.findStop()
    if (found) {
      const { kept, stop } = found
      // A token that lies across the border is reported, since part of its text is.
      return { delta: this.release(kept, ({ start }) => start < kept), stop }
    }
    const held = Math.max(this.matcher.held(this.pending, this.matchFrom), openEmoji(this.pending))
    return { delta: this.release(this.pending.length - held), stop: null }
  }

  /** The rest, when generation ended without a stop string. */
  finish(): TextDelta | null {
    const text = this.pending
    const tokens = this.waiting.map(({ token }) => token)
    this.pending = ''
    this.waiting = []
    return text.length > 0 || tokens.length > 0 ? { type: 'text', text, tokens } : null
  }

  /** The first stop string that counts, and how much of what is pending the text keeps. */
  private findStop(): { stop: string; kept: number } | null {
    const { includeStop, mayEnd } = this.options
    for (;;) {
      const found = this.matcher.find(this.pending, this.matchFrom)
      if (!found) return null
      const kept = found.index + (includeStop ? found.stop.length : 0)
      const isEnd = mayEnd?.(this.released + this.pending.slice(0, kept)) ?? true
      if (isEnd) return { stop: found.stop, kept }
      this.matchFrom = found.index + 1
    }
  }

  private release(
    length: number,
    belongs: (entry: { start: number; end: number }) => boolean = ({ end }) => end <= length,
  ): TextDelta | null {
    const text = this.pending.slice(0, length)
    this.released += text
    this.pending = this.pending.slice(length)
    this.matchFrom = Math.max(0, this.matchFrom - length)
    const tokens: TextToken[] = []
    while (this.waiting.length > 0 && belongs(this.waiting[0]!)) {
      tokens.push(this.waiting.shift()!.token)
    }
    for (const entry of this.waiting) {
      entry.start -= length
      entry.end -= length
    }
    return text.length > 0 || tokens.length > 0 ? { type: 'text', text, tokens } : null
  }
}
