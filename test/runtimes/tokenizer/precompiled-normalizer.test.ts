import { describe, expect, test } from 'vitest'
import { precompiledNormalizer } from '../../../runtimes/tokenizer/precompiled-normalizer.ts'
import { readExpected } from '../../support/encoder-decoder.ts'

/** Compiled by SentencePiece (test/fixtures/make/t5_and_bart_models.py). */
const TABLE: string = readExpected('tiny-t5', 'tokenizer.json').normalizer.precompiled_charsmap

/** As `normalizers.Precompiled(table).normalize_str` of the tokenizers library has it. */
test.each([
  ['ﬁne Ⅳ', 'fine IV'],
  ['½', '1⁄2'],
  ['a\u00a0b\u200bc', 'a b c'],
  ['e\u0301', 'é'],
  // A line's end is one cluster, of which the first character's rule is taken.
  ['a\r\n\tb', 'a  b'],
  ['👩\u200d👧', '👩\u200d👧'],
  ['ｆ\u0301\u0301', 'f\u0301\u0301'],
  ['ｆ\u0301', 'f'],
  ['', ''],
])('%j becomes %j', (text, normalized) => {
  expect(precompiledNormalizer(TABLE)(text)).toBe(normalized)
})

describe('refuses what is no table', () => {
  test.each(['not base64!', 'AAA=', 'AAAAAA==', '/////w=='])('%s', (table) => {
    expect(() => precompiledNormalizer(table)).toThrow(
      expect.objectContaining({
        code: 'model_unusable',
        message: expect.stringContaining('precompiled_charsmap'),
      }),
    )
  })
})
