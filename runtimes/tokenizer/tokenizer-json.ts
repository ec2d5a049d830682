import * as v from 'valibot'
import { DecodingError } from '../../decoder/errors.ts'

/** The parts of Hugging Face's `tokenizer.json` that are read here; all others are the tokenizers library's matter. */
const component = v.nullish(v.looseObject({ type: v.string() }))

/** Ids by token. valibot's `record` would leave out the tokens `constructor`, `prototype` and `__proto__`. */
const vocabulary = v.custom<Record<string, number>>(
  (value) =>
    value !== null &&
    typeof value === 'object' &&
    !Array.isArray(value) &&
    Object.values(value).every((id) => typeof id === 'number'),
)

const schema = v.looseObject({
  added_tokens: v.optional(
    v.array(
      v.looseObject({
        id: v.pipe(v.number(), v.safeInteger(), v.minValue(0)),
        content: v.string(),
        special: v.optional(v.boolean(), false),
        lstrip: v.optional(v.boolean(), false),
        rstrip: v.optional(v.boolean(), false),
      }),
    ),
    [],
  ),
  normalizer: component,
  pre_tokenizer: component,
  post_processor: component,
  decoder: component,
  model: v.looseObject({
    type: v.optional(v.picklist(['BPE', 'Unigram', 'WordPiece'])),
    vocab: v.union([v.array(v.tuple([v.string(), v.number()])), vocabulary]),
    unk_token: v.nullish(v.string()),
    unk_id: v.nullish(v.number()),
    byte_fallback: v.nullish(v.boolean()),
    end_of_word_suffix: v.nullish(v.string()),
    continuing_subword_prefix: v.nullish(v.string()),
  }),
})

export type TokenizerJson = v.InferOutput<typeof schema>
export type Component = NonNullable<v.InferOutput<typeof component>>

/** @throws {DecodingError} `model_unusable` if it is not what the tokenizers library writes */
export function parseTokenizerJson(value: unknown): TokenizerJson {
  const result = v.safeParse(schema, value)
  if (result.success) return result.output
  const path = v.getDotPath(result.issues[0]) ?? 'the file'
  throw new DecodingError(
    `tokenizer.json can't be used: ${path} is not what was expected there`,
    'model_unusable',
    'model',
  )
}

/** The steps of a normalizer, pre-tokenizer or decoder in order; a `Sequence` is opened, null has none. */
export function steps(part: Component | null | undefined): Component[] {
  if (!part) return []
  if (part.type !== 'Sequence') return [part]
  const inner = part.decoders ?? part.pretokenizers ?? part.normalizers
  return Array.isArray(inner) ? inner.flatMap((step: Component) => steps(step)) : []
}
