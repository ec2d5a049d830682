import type { Tokenizer } from '../tokenizer.ts'
import { Detokenizer } from './detokenizer.ts'
import { StopMatcher } from './stop-matcher.ts'

/** Most bytes of the character that the looked-at part may begin in the middle of. */
const CHARACTER_BYTES = 4

/**
 * Tells of any sequence of tokens whether its last one completes a stop string, without a state: beams come and go.
 * It looks only at as much of the end as that stop string can lie in.
 *
 * @param minTokens stop strings count in the text after this many tokens
 */
export function stopStringCheck(
  tokenizer: Tokenizer,
  stop: readonly string[],
  minTokens: number,
): (ids: readonly number[]) => string | null {
  if (stop.length === 0) return () => null
  const matcher = new StopMatcher(stop)
  const longest = Math.max(...stop.map((text) => new TextEncoder().encode(text).length))
  return (ids) => {
    if (ids.length <= minTokens) return null
    let first = ids.length - 1
    let bytes = 0
    while (first > 0 && bytes < longest + CHARACTER_BYTES) {
      bytes += tokenizer.bytes(ids[--first]!).length
    }
    const detokenizer = new Detokenizer()
    let text = ''
    let from = 0
    for (let i = first; i < ids.length; i++) {
      if (i === minTokens) from = text.length
      text += detokenizer.push(tokenizer.bytes(ids[i]!))
    }
    return matcher.find(text, from)?.stop ?? null
  }
}
