import type { Tokenizer } from '../tokenizer.ts'
import { Detokenizer } from './detokenizer.ts'
import { StopMatcher } from './stop-matcher.ts'
import type { TextAssemblerOptions } from './text-assembler.ts'

/** Most bytes of the character that the looked-at part may begin in the middle of. */
const CHARACTER_BYTES = 4

/**
 * Tells of any sequence of tokens whether its last one completes a stop string, without a state: beams come and go.
 * It looks only at as much of the end as that stop string can lie in.
 *
 * @param options  stop strings count in the text after `minTokens` tokens, and where the text may end
 */
export function stopStringCheck(
  tokenizer: Tokenizer,
  { stop, minTokens, includeStop, mayEnd }: TextAssemblerOptions,
): (ids: readonly number[]) => string | null {
  if (stop.length === 0) return () => null
  const matcher = new StopMatcher(stop)
  const longest = Math.max(...stop.map((text) => new TextEncoder().encode(text).length))
  const textOf = (ids: readonly number[]) => {
    const detokenizer = new Detokenizer()
    return ids.map((id) => detokenizer.push(tokenizer.bytes(id))).join('')
  }
  return (ids) => {
    if (ids.length <= minTokens) return null
    let first = ids.length - 1
    let bytes = 0
    while (first > 0 && bytes < longest + CHARACTER_BYTES) {
      bytes += tokenizer.bytes(ids[--first]!).length
    }
    const text = textOf(ids.slice(first))
    let from = minTokens > first ? textOf(ids.slice(first, minTokens)).length : 0
    for (;;) {
      const found = matcher.find(text, from)
      if (!found) return null
      const dropped = text.length - found.index - (includeStop ? found.stop.length : 0)
      if (!mayEnd) return found.stop
      const whole = textOf(ids)
      if (mayEnd(whole.slice(0, whole.length - dropped))) return found.stop
      from = found.index + 1
    }
  }
}
