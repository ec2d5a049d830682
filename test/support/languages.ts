import {
  buildAutomaton,
  compileSchema,
  type Expression,
  type Grammar,
  grammarOf,
  jsonRules,
  Matcher,
} from '../../decoder/constraints/index.ts'
import { Random } from '../../decoder/numerics/random.ts'

const encoder = new TextEncoder()

export const matcherOf = (grammar: Grammar) => new Matcher(buildAutomaton(grammar, 'it'))
export const matcherOfExpression = (expression: Expression) => matcherOf(grammarOf(expression))

export function schemaMatcher(schema: unknown): Matcher {
  const rules = jsonRules()
  rules.set('root', compileSchema(schema, 'schema', rules))
  return matcherOf({ root: 'root', rules })
}

/** Whether a text is in a matcher's language, byte by byte. */
export function accepts(matcher: Matcher, text: string): boolean {
  let position: Matcher['start'] | null = matcher.start
  for (const byte of encoder.encode(text)) position = position && matcher.next(position, byte)
  return position?.accepts ?? false
}

/**
 * A text of a matcher's language, chosen at random byte by byte.
 *
 * @param mean  after about so many bytes, ends where it may
 * @returns null if it is longer than `most` bytes
 */
export function randomText(matcher: Matcher, seed: number, mean = 20, most = 4000): string | null {
  const random = new Random(seed)
  const bytes: number[] = []
  let position = matcher.start
  while (bytes.length <= most) {
    if (position.accepts && (position.isFinal || random.next() * mean < 1)) {
      return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(
        Uint8Array.from(bytes),
      )
    }
    const allowed = Array.from({ length: 256 }, (_, byte) => byte).filter((byte) =>
      matcher.next(position, byte),
    )
    // Signs that end something are as likely as all letters, or texts would have no end.
    const ends = allowed.filter((byte) => '"}],:'.includes(String.fromCharCode(byte)))
    const from = ends.length > 0 && random.next() < 0.4 ? ends : allowed
    const byte = from[Math.floor(random.next() * from.length)]!
    bytes.push(byte)
    position = matcher.next(position, byte)!
  }
  return null
}
