import { chain, type Draft, type Drafter, NO_DRAFT } from './drafter.ts'

/** Tokens that must occur again for what followed them to be a guess: the longest run counts, three at most. */
export const LONGEST_MATCH = 3

/**
 * Prompt lookup: what followed the last few tokens where they occurred before is what will follow them now. It costs
 * nothing, and pays where an answer copies from its prompt or repeats itself. Saxena 2023, "Prompt Lookup Decoding";
 * Hugging Face's `prompt_lookup_num_tokens`.
 */
export class NgramDrafter implements Drafter {
  async draft(tokens: readonly number[], depth: number): Promise<Draft> {
    for (let n = LONGEST_MATCH; n > 0; n--) {
      const [at] = occurrences(tokens, tokens.slice(-n))
      if (at !== undefined) return chain(tokens.slice(at + n, at + n + depth))
    }
    return NO_DRAFT
  }

  dispose(): void {}
}

/** Where `run` occurs in `tokens` with a token after it, the latest first. */
export function* occurrences(tokens: readonly number[], run: readonly number[]): Generator<number> {
  for (let at = tokens.length - run.length - 1; at >= 0; at--) {
    let n = 0
    while (n < run.length && tokens[at + n] === run[n]) n++
    if (n === run.length) yield at
  }
}
