/**
 * How many tokens to draft: two more after a draft that was accepted whole, one fewer after any other, as Hugging Face's
 * `num_assistant_tokens_schedule: "heuristic"` has it. Guesses that are rejected cost time and gain nothing.
 */
export class DraftLength {
  private readonly most: number
  private current: number

  /** @param most  `num_tokens`, where it begins and which it never exceeds */
  constructor(most: number) {
    this.most = most
    this.current = most
  }

  get tokens(): number {
    return this.current
  }

  /** @param depth  length of the longest continuation that was proposed; 0 says nothing about the next */
  learn(depth: number, accepted: number): void {
    if (depth === 0) return
    this.current =
      accepted >= depth ? Math.min(this.most, this.current + 2) : Math.max(1, this.current - 1)
  }
}
