/** Where to go on when a called rule is over. One object for equal stacks, so that equality is identity. */
export interface Stack {
  readonly id: number
  readonly state: number
  readonly below: Stack | null
}

/**
 * Everything that a text so far may be the beginning of: states of the automaton that can take a byte, each with the
 * calls it is in. It never changes; the same readings are the same object for as long as they are remembered.
 */
export class Position {
  readonly states: Int32Array
  readonly stacks: readonly (Stack | null)[]
  /** The text may end here. */
  readonly accepts: boolean
  /** What follows each class of bytes, as far as it is known; null: nothing can. */
  readonly next: (Position | null | undefined)[] = []

  constructor(states: Int32Array, stacks: readonly (Stack | null)[], accepts: boolean) {
    this.states = states
    this.stacks = stacks
    this.accepts = accepts
  }

  /** The text must end here. */
  get isFinal(): boolean {
    return this.accepts && this.states.length === 0
  }
}
