import { chain, type Draft, type Drafter, NO_DRAFT } from './drafter.ts'

/** The longest run of tokens that is looked for; a longer one would find the same places. */
const LONGEST_MATCH = 16
/** A run of one token is found nearly everywhere and tells nearly nothing. */
const SHORTEST_MATCH = 2
/** Guesses for each token of a run beyond its first: what has agreed for long goes on agreeing. */
const GUESSES_PER_MATCH = 2

/**
 * Prompt lookup: what followed the last few tokens where they occurred before is what will follow them now. It costs
 * nothing, and pays where an answer copies from its prompt or repeats itself. Saxena 2023, "Prompt Lookup Decoding";
 * Hugging Face's `prompt_lookup_num_tokens`. The longest run counts, and the longer it is, the more is guessed: Oliaro et
 * al. 2024, "SuffixDecoding".
 */
export class NgramDrafter implements Drafter {
  async draft(tokens: readonly number[], depth: number): Promise<Draft> {
    const { length, places } = longestMatch(tokens, tokens)
    const [place] = places
    if (place === undefined) return NO_DRAFT
    const count = Math.min(depth, GUESSES_PER_MATCH * (length - 1))
    return chain(tokens.slice(place, place + count))
  }

  dispose(): void {}
}

/**
 * The longest run at the end of a text that occurs in `tokens` with a token after it.
 *
 * @param end  a text's last tokens; if they are those of `tokens`, they are not found as themselves
 * @returns its length, 0 if no run of two or more occurs, and the indexes of what follows it, the latest first
 */
export function longestMatch(tokens: readonly number[], end: readonly number[]) {
  const places: number[] = []
  let length = 0
  const most = Math.min(LONGEST_MATCH, end.length)
  for (let place = tokens.length - 1; place >= SHORTEST_MATCH; place--) {
    let n = 0
    while (n < most && n < place && tokens[place - 1 - n] === end[end.length - 1 - n]) n++
    if (n < SHORTEST_MATCH || n < length) continue
    if (n > length) places.length = 0
    length = n
    places.push(place)
  }
  return { length, places }
}
