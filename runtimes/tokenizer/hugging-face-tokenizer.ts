import { Tokenizer as Library } from '@huggingface/tokenizers'
import { DecodingError } from '../../decoder/errors.ts'
import type { Tokenizer } from '../../decoder/tokenizer.ts'
import { splitPrecompiled } from './precompiled-normalizer.ts'
import { dropsLeadingSpace, tokenBytes } from './token-bytes.ts'
import { parseTokenizerJson, type TokenizerJson } from './tokenizer-json.ts'

const NONE = new Uint8Array()

/**
 * A model's tokenizer from its `tokenizer.json` and `tokenizer_config.json`: byte-level BPE (GPT-2, Llama 3, Qwen),
 * SentencePiece BPE with byte fallback (Llama 2, Mistral), Unigram and WordPiece.
 *
 * Control tokens are hidden from the library, so that a text which looks like one is cut into ordinary tokens: what a
 * visitor types can't end a turn or begin one of the system's.
 *
 * @throws {DecodingError} `model_unusable` if the files are not a tokenizer's
 */
export function createTokenizer(json: unknown, config: Record<string, unknown> = {}): Tokenizer {
  const parsed = parseTokenizerJson(json)
  const special = parsed.added_tokens.filter((token) => token.special)
  const plain = parsed.added_tokens.filter((token) => !token.special)
  const { first, rest } = splitPrecompiled(parsed.normalizer)
  const library = build({ ...parsed, normalizer: rest }, plain, config)

  const ids = new Map<string, number>()
  const bytesOf = tokenBytes(parsed)
  const table: Uint8Array[] = []
  for (const [token, id] of vocabulary(parsed)) {
    ids.set(token, id)
    table[id] = bytesOf(token)
  }
  for (const { content, id } of plain) {
    ids.set(content, id)
    table[id] = new TextEncoder().encode(content)
  }
  for (const { content, id } of special) {
    ids.delete(content)
    table[id] = NONE
  }
  const unknown = unknownId(parsed)
  if (unknown !== null) table[unknown] = NONE

  return {
    vocabSize: table.length,
    specialTokens: new Map(special.map(({ content, id }) => [content, id])),
    lstrip: new Set(special.filter((token) => token.lstrip).map(({ content }) => content)),
    rstrip: new Set(special.filter((token) => token.rstrip).map(({ content }) => content)),
    prefixId: prefixId(parsed, config),
    dropsLeadingSpace: dropsLeadingSpace(parsed),
    encode: (text) =>
      // Half a surrogate pair has no UTF-8; it also keeps the hidden names of control tokens out of reach.
      library
        .tokenize(first(text.toWellFormed()), { add_special_tokens: false })
        .flatMap((token) => ids.get(token) ?? fallback(token, ids) ?? unknown ?? []),
    bytes: (id) => table[id] ?? NONE,
  }
}

/** Bytes of what has no token, where the vocabulary has tokens for bytes (SentencePiece's byte fallback). */
function fallback(token: string, ids: ReadonlyMap<string, number>): number[] | null {
  const bytes = Array.from(new TextEncoder().encode(token), (byte) =>
    ids.get(`<0x${byte.toString(16).toUpperCase().padStart(2, '0')}>`),
  )
  return bytes.every((id) => id !== undefined) ? bytes : null
}

/** The library's tokenizer, with control tokens under names that no text has. */
function build(
  json: TokenizerJson,
  added: TokenizerJson['added_tokens'],
  config: Record<string, unknown>,
): Library {
  const hidden = new Map(
    json.added_tokens.filter((t) => t.special).map((t) => [t.content, `\uD800${t.id}`]),
  )
  const name = (token: string) => hidden.get(token) ?? token
  const { model } = json
  const vocab = Array.isArray(model.vocab)
    ? model.vocab.map(([token, score]) => [name(token), score])
    : Object.fromEntries(Object.entries(model.vocab).map(([token, id]) => [name(token), id]))
  const unk_token = typeof model.unk_token === 'string' ? name(model.unk_token) : model.unk_token
  try {
    return new Library(
      {
        normalizer: json.normalizer ?? null,
        pre_tokenizer: json.pre_tokenizer ?? null,
        // Neither is used: prefixes are the decoder's matter, and texts are put together from bytes.
        post_processor: null,
        decoder: null,
        added_tokens: added,
        model: { ...model, vocab, unk_token },
      },
      config,
    )
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    throw new DecodingError(`The model's tokenizer can't be used: ${reason}`, 'model_unusable')
  }
}

function vocabulary({ model }: TokenizerJson): Iterable<[string, number]> {
  return Array.isArray(model.vocab)
    ? model.vocab.map(([token], id): [string, number] => [token, id])
    : Object.entries(model.vocab)
}

function unknownId({ model, added_tokens }: TokenizerJson): number | null {
  if (Array.isArray(model.vocab)) return model.unk_id ?? null
  if (typeof model.unk_token !== 'string') return null
  const added = added_tokens.find((token) => token.content === model.unk_token)
  return model.vocab[model.unk_token] ?? added?.id ?? null
}

/** The token before every prompt: `add_bos_token` decides, else the post-processor's template. */
function prefixId(json: TokenizerJson, config: Record<string, unknown>): number | null {
  const id = (content: unknown) =>
    json.added_tokens.find((token) => token.content === content)?.id ?? null
  if (config.add_bos_token === true) return id(contentOf(config.bos_token))
  if (config.add_bos_token === false) return null
  const processors = json.post_processor?.processors
  for (const step of Array.isArray(processors) ? processors : [json.post_processor]) {
    const first = step?.type === 'TemplateProcessing' && step.single?.[0]?.SpecialToken?.id
    if (first) return id(first)
    // BART, which has two texts between the same tokens as RoBERTa.
    if (step?.type === 'RobertaProcessing' && Array.isArray(step.cls)) return id(step.cls[0])
  }
  return null
}

/** Configurations write a token as its text or as an object that holds the text. */
function contentOf(token: unknown): unknown {
  return token !== null && typeof token === 'object' && 'content' in token ? token.content : token
}
