import { DecodingError } from '../../errors.ts'
import type { Automaton } from './automaton.ts'
import { byteClasses } from './byte-classes.ts'
import { Position, type Stack } from './position.ts'

/** Most ways in which the text so far may be understood at once. */
const MAX_READINGS = 1_000
/** Most states looked at to find them. */
const MAX_LOOKS = 20 * MAX_READINGS
/** Most numbers and objects remembered, together a few megabytes; beyond that everything is forgotten and found anew. */
const MAX_REMEMBERED = 300_000
const POSITION_COST = 40
const STACK_COST = 10

/** Walks an automaton byte by byte, remembering what it has found: a deterministic automaton made as it is needed. */
export class Matcher {
  readonly start: Position
  /** Steps done so far: what limits are counted in. */
  work = 0
  /** How often everything was forgotten. */
  epoch = 0
  private readonly automaton: Automaton
  private readonly classes: Uint8Array
  private readonly isReturn: Uint8Array
  private readonly stacks = new Map<number, Stack>()
  private readonly positions = new Map<string, Position>()
  private remembered = 0
  private lastStack = 0

  constructor(automaton: Automaton) {
    this.automaton = automaton
    this.classes = byteClasses(automaton)
    this.isReturn = returns(automaton)
    this.start = this.close([automaton.start], [null])
  }

  /**
   * @returns null if no text that satisfies the constraint goes on so
   * @throws {DecodingError} invalid_value if there are too many ways to read the text
   */
  next(position: Position, byte: number): Position | null {
    const group = this.classes[byte]!
    const known = position.next[group]
    if (known !== undefined) return known
    const { first, values } = this.automaton.bytes
    const states: number[] = []
    const stacks: (Stack | null)[] = []
    for (const [i, state] of position.states.entries()) {
      const end = first[state + 1]!
      this.work += end - first[state]!
      for (let e = first[state]!; e < end; e += 3) {
        if (byte < values[e]! || byte > values[e + 1]!) continue
        states.push(values[e + 2]!)
        stacks.push(position.stacks[i]!)
      }
    }
    const next = states.length === 0 ? null : this.close(states, stacks)
    position.next[group] = next
    return next
  }

  /** The position of these readings, with all that they become before the next byte. */
  private close(states: number[], stacks: (Stack | null)[]): Position {
    const { bytes, moves, calls, isEnd } = this.automaton
    const seen = new Set<number>()
    const found: { key: number; state: number; stack: Stack | null }[] = []
    let accepts = false
    const push = (state: number, stack: Stack | null) => {
      states.push(state)
      stacks.push(stack)
    }
    for (let state = states.pop(); state !== undefined; state = states.pop()) {
      const stack = stacks.pop()!
      const key = (stack?.id ?? 0) * isEnd.length + state
      if (seen.has(key)) continue
      seen.add(key)
      this.work++
      if (seen.size > MAX_LOOKS || found.length > MAX_READINGS) throw this.tooAmbiguous()
      if (bytes.first[state + 1]! > bytes.first[state]!) found.push({ key, state, stack })
      if (isEnd[state]) {
        if (stack) push(stack.state, stack.below)
        else accepts = true
      }
      for (let m = moves.first[state]!; m < moves.first[state + 1]!; m++) {
        push(moves.values[m]!, stack)
      }
      for (let c = calls.first[state]!; c < calls.first[state + 1]!; c += 2) {
        const back = calls.values[c + 1]!
        push(calls.values[c]!, this.isReturn[back] ? stack : this.stackOf(back, stack))
      }
    }
    found.sort((a, b) => a.key - b.key)
    const name = `${accepts}${found.map(({ key }) => key).join()}`
    return this.positions.get(name) ?? this.remember(name, found, accepts)
  }

  private remember(
    name: string,
    found: readonly { state: number; stack: Stack | null }[],
    accepts: boolean,
  ): Position {
    if (this.remembered > MAX_REMEMBERED) this.forget()
    const states = Int32Array.from(found, ({ state }) => state)
    const stacks = found.map(({ stack }) => stack)
    const position = new Position(states, stacks, accepts)
    this.positions.set(name, position)
    this.remembered += POSITION_COST + 3 * states.length
    return position
  }

  private stackOf(state: number, below: Stack | null): Stack {
    const key = (below?.id ?? 0) * this.automaton.isEnd.length + state
    let stack = this.stacks.get(key)
    if (!stack) {
      stack = { id: ++this.lastStack, state, below }
      this.stacks.set(key, stack)
      this.remembered += STACK_COST
    }
    return stack
  }

  /** Those that are still in use live on in whoever uses them. Stacks keep their numbers: old and new never mix up. */
  private forget(): void {
    for (const position of this.positions.values()) position.next.length = 0
    this.positions.clear()
    this.stacks.clear()
    this.remembered = 0
    this.epoch++
  }

  private tooAmbiguous(): DecodingError {
    const { at } = this.automaton
    return new DecodingError(
      `${at} is too ambiguous: the text so far can be read in more than ${MAX_READINGS} ways`,
      'invalid_value',
      at,
    )
  }
}

/** 1 for each state that does nothing but end its rule: after a call that is a rule's last there is nothing to come back for. */
function returns({ states, bytes, moves, calls, isEnd }: Automaton): Uint8Array {
  const isReturn = isEnd.slice()
  const isKnown = isEnd.slice()
  for (let state = 0; state < states; state++) {
    const way: number[] = []
    let at = state
    while (!isKnown[at]) {
      isKnown[at] = 1
      way.push(at)
      const isPlain =
        bytes.first[at] === bytes.first[at + 1] &&
        calls.first[at] === calls.first[at + 1] &&
        moves.first[at]! + 1 === moves.first[at + 1]
      if (!isPlain) break
      at = moves.values[moves.first[at]!]!
    }
    if (isReturn[at]) for (const passed of way) isReturn[passed] = 1
  }
  return isReturn
}
