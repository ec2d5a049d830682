import fc from 'fast-check'
import { expect, test } from 'vitest'
import { stopStringCheck } from '../../../decoder/text/stop-check.ts'
import { TextAssembler } from '../../../decoder/text/text-assembler.ts'
import { ByteTokenizer } from '../../support/byte-tokenizer.ts'

const tokenizer = new ByteTokenizer(undefined, ['ab', 'ba', 'aab', ' b', [0xc3], [0xa9, 0x61]])

test('finds what the text assembler finds, at the same token', () => {
  const piece = fc.constantFrom('a', 'b', 'ab', 'ba', 'aab', ' ', 'é', '👋', 'c')
  fc.assert(
    fc.property(
      fc.array(piece, { maxLength: 25 }),
      fc.array(fc.array(piece, { minLength: 1, maxLength: 4 }), { minLength: 1, maxLength: 3 }),
      fc.integer({ min: 0, max: 6 }),
      fc.boolean(),
      (text, stops, minTokens, isPicky) => {
        const ids = text.flatMap((part) => tokenizer.encode(part))
        const stop = stops.map((parts) => parts.join(''))
        const options = {
          stop,
          includeStop: false,
          minTokens,
          dropsLeadingSpace: false,
          mayEnd: isPicky ? (text: string) => text.length % 3 === 0 : undefined,
        }
        const check = stopStringCheck(tokenizer, options)
        const assembler = new TextAssembler(options)
        for (const [i, id] of ids.entries()) {
          const found = assembler.push({
            id,
            bytes: tokenizer.bytes(id),
            logprob: 0,
            entropy: 0,
            top: [],
          })
          expect(check(ids.slice(0, i + 1))).toBe(found.stop)
          if (found.stop !== null) break
        }
      },
    ),
    { numRuns: 500, seed: 2 },
  )
})
