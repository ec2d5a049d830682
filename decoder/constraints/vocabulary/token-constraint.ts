import { DecodingError } from '../../errors.ts'
import type { Tokenizer } from '../../tokenizer.ts'
import type { Automaton } from '../automaton/automaton.ts'
import { Matcher } from '../automaton/matcher.ts'
import type { Position } from '../automaton/position.ts'
import { type TokenTrie, trieOf } from './token-trie.ts'

/** Most bytes of masks remembered for one constraint. */
const MAX_MASK_BYTES = 2 * 2 ** 20
/** Most steps of the automaton for one token: about a tenth of a second. */
const MAX_STEP_WORK = 1_000_000

/**
 * Which tokens of a vocabulary may come next under a constraint. Where a text stands is told by its tokens alone, so
 * that one constraint serves beams, speculation and several answers at once; it only remembers what it has found.
 */
export class TokenConstraint {
  readonly automaton: Automaton
  private readonly matcher: Matcher
  private readonly tokenizer: Tokenizer
  private readonly trie: TokenTrie
  private masks = new Map<Position, Uint32Array>()
  private epoch = 0

  constructor(automaton: Automaton, tokenizer: Tokenizer) {
    this.automaton = automaton
    this.matcher = new Matcher(automaton)
    this.tokenizer = tokenizer
    this.trie = trieOf(tokenizer)
  }

  get start(): Position {
    return this.matcher.start
  }

  /** Steps of the automaton so far. */
  get work(): number {
    return this.matcher.work
  }

  /** @returns null if no text that satisfies the constraint goes on so */
  after(position: Position, bytes: Uint8Array): Position | null {
    let next: Position | null = position
    for (const byte of bytes) {
      if (!next) return null
      next = this.matcher.next(next, byte)
    }
    return next
  }

  /** @returns null if no text that satisfies the constraint goes on with this token */
  afterToken(position: Position, id: number): Position | null {
    return this.after(position, this.tokenizer.bytes(id))
  }

  /** Whether a text satisfies the constraint. @throws {DecodingError} invalid_value if it takes too much work */
  accepts(text: string): boolean {
    const limit = this.work + MAX_STEP_WORK
    let position: Position | null = this.start
    for (const byte of new TextEncoder().encode(text)) {
      position = position && this.matcher.next(position, byte)
      if (this.work > limit) throw this.tooMuchWork()
    }
    return position?.accepts ?? false
  }

  /** The text must end here: it may, and no token goes on. */
  mustEnd(position: Position): boolean {
    return position.isFinal || (position.accepts && isEmpty(this.mask(position)))
  }

  /**
   * The tokens that may come next: one bit each, that of token i in word i >>> 5. Control tokens never may.
   *
   * @throws {DecodingError} invalid_value if it takes too much work, or no token of this vocabulary goes on
   */
  mask(position: Position): Uint32Array {
    const { matcher } = this
    if (this.epoch !== matcher.epoch) this.masks = new Map()
    this.epoch = matcher.epoch
    const known = this.masks.get(position)
    if (known) return known
    const mask = this.findTokens(position)
    if (!position.accepts && isEmpty(mask)) {
      throw this.error('asks for text that this model’s vocabulary can’t write')
    }
    if ((this.masks.size + 1) * mask.byteLength > MAX_MASK_BYTES) this.masks = new Map()
    this.masks.set(position, mask)
    return mask
  }

  private findTokens(position: Position): Uint32Array {
    const { matcher } = this
    const { size, bytes, depths, ends, ids, first } = this.trie
    const mask = new Uint32Array(Math.ceil(size / 32))
    const at: Position[] = [position]
    const limit = matcher.work + MAX_STEP_WORK
    for (let node = 0; node < bytes.length; ) {
      const depth = depths[node]!
      const next = matcher.next(at[depth - 1]!, bytes[node]!)
      if (!next) {
        node = ends[node]!
        continue
      }
      if (matcher.work > limit) {
        throw this.tooMuchWork()
      }
      at[depth] = next
      for (let i = first[node]!; i < first[node + 1]!; i++) {
        const id = ids[i]!
        mask[id >>> 5]! |= 1 << (id & 31)
      }
      node++
    }
    return mask
  }

  tooMuchWork(): DecodingError {
    return this.error('takes too much work: make its repetitions or alternatives fewer')
  }

  private error(problem: string): DecodingError {
    const { at } = this.automaton
    return new DecodingError(`${at} ${problem}`, 'invalid_value', at)
  }
}

const isEmpty = (mask: Uint32Array) => mask.every((word) => word === 0)
