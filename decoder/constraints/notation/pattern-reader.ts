import { DecodingError } from '../../errors.ts'

const MAX_LENGTH = 4_096

/** A pattern's characters, one after another. */
export class PatternReader {
  position = 0
  private readonly chars: readonly string[]
  private readonly at: string
  private readonly param: string

  /**
   * @param at     where the pattern stands, for error messages
   * @param param  the field that it came in
   */
  constructor(source: string, at: string, param: string) {
    this.at = at
    this.param = param
    this.chars = source.length > MAX_LENGTH ? [] : [...source]
    if (source.length > MAX_LENGTH) throw this.error(`is longer than ${MAX_LENGTH} characters`)
  }

  get isOver(): boolean {
    return this.position >= this.chars.length
  }

  /** The character at the current place, or `ahead` places on. */
  peek(ahead = 0): string | undefined {
    return this.chars[this.position + ahead]
  }

  read(): string | undefined {
    return this.chars[this.position++]
  }

  /** Goes on if the next character is this one. */
  take(char: string): boolean {
    if (this.peek() !== char) return false
    this.position++
    return true
  }

  /** Characters up to one that does not pass. */
  readWhile(test: RegExp): string {
    let found = ''
    while (test.test(this.peek() ?? '')) found += this.read()
    return found
  }

  /** @param position  of the character at fault */
  error(problem: string, position?: number): DecodingError {
    const where = position === undefined ? '' : ` (at character ${position + 1})`
    const message = `${this.at}: the pattern ${problem}${where}`
    return new DecodingError(message, 'invalid_value', this.param)
  }
}
