/** What is known of each choice while several are made side by side. */
export class OpenChoices<State> {
  readonly #make: (index: number) => State
  readonly #states = new Map<number, State>()

  constructor(make: (index: number) => State) {
    this.#make = make
  }

  /** A choice's state; `isFirst` if nobody has asked for it before. */
  of(index: number): { state: State; isFirst: boolean } {
    const known = this.#states.get(index)
    if (known) return { state: known, isFirst: false }
    const state = this.#make(index)
    this.#states.set(index, state)
    return { state, isFirst: true }
  }
}

/** One of an answer's list. */
export type Choice = { index: number } & Record<string, unknown>

/** Choices are done in any order and listed in theirs. */
export const byIndex = (a: Choice, b: Choice) => a.index - b.index
