import { StopMatcher } from '../text/stop-matcher.ts'
import { CALL_BEGIN, CALL_HEAD, CALL_TAIL } from './tool-format.ts'

/** What a piece of an answer says: text, the beginning of a call, or more of its arguments. */
export type AnswerPart =
  | { type: 'content'; text: string }
  | { type: 'call'; index: number; name: string }
  | { type: 'arguments'; index: number; text: string }

/**
 * Reads text and calls out of an answer that `toolGrammar` describes, piece by piece. What may become a tag is held back;
 * an answer that ends in the middle of a call gives as much of it as there is.
 */
export class ToolCallParser {
  private readonly matcher = new StopMatcher([CALL_BEGIN])
  private state: 'content' | 'head' | 'arguments' | 'tail' = 'content'
  private pending = ''
  private index = -1
  private json = new ValueEnd()

  push(text: string): AnswerPart[] {
    this.pending += text
    const parts: AnswerPart[] = []
    while (this.advance(parts));
    return parts
  }

  /** The rest, when the answer is over. */
  finish(): AnswerPart[] {
    const text = this.pending
    this.pending = ''
    return this.state === 'content' && this.isContent(text) ? [{ type: 'content', text }] : []
  }

  /** @returns whether there may be more to do with what is pending */
  private advance(parts: AnswerPart[]): boolean {
    switch (this.state) {
      case 'content': {
        const begin = this.matcher.find(this.pending)?.index
        const length = begin ?? this.pending.length - this.matcher.held(this.pending)
        const text = this.take(length)
        if (this.isContent(text)) parts.push({ type: 'content', text })
        if (begin === undefined) return false
        this.take(CALL_BEGIN.length)
        this.state = 'head'
        return true
      }
      case 'head': {
        const head = CALL_HEAD.exec(this.pending)
        if (!head) return false
        this.take(head[0].length)
        parts.push({ type: 'call', index: ++this.index, name: head[1]! })
        this.json = new ValueEnd()
        this.state = 'arguments'
        return true
      }
      case 'arguments': {
        const length = this.json.read(this.pending)
        const text = this.take(length)
        if (text !== '') parts.push({ type: 'arguments', index: this.index, text })
        if (!this.json.isOver) return false
        this.state = 'tail'
        return true
      }
      case 'tail':
        if (this.pending.length < CALL_TAIL.length) return false
        this.take(CALL_TAIL.length)
        this.state = 'content'
        return true
    }
  }

  /** Between calls and after them stand line ends alone. */
  private isContent(text: string): boolean {
    return text !== '' && this.index < 0
  }

  private take(length: number): string {
    const taken = this.pending.slice(0, length)
    this.pending = this.pending.slice(length)
    return taken
  }
}

/** Finds where a JSON object that comes in pieces is over. */
class ValueEnd {
  isOver = false
  private depth = 0
  private inString = false
  private isEscaped = false

  /** @returns how many of these characters belong to the object */
  read(text: string): number {
    for (let i = 0; i < text.length; i++) {
      const char = text[i]
      if (this.isEscaped) this.isEscaped = false
      else if (this.inString) {
        if (char === '\\') this.isEscaped = true
        else if (char === '"') this.inString = false
      } else if (char === '"') this.inString = true
      else if (char === '{' || char === '[') this.depth++
      else if (char === '}' || char === ']') {
        if (--this.depth > 0) continue
        this.isOver = true
        return i + 1
      }
    }
    return text.length
  }
}
