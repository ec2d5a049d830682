import type { Tokenizer } from '../../decoder/tokenizer.ts'
import { createTokenizer } from '../tokenizer/hugging-face-tokenizer.ts'
import { byteLevelBpe } from './byte-level-bpe.ts'
import type { ModelJson } from './model-json.ts'
import { sentencePieceBpe } from './sentencepiece-bpe.ts'
import { inWords } from './settings.ts'
import type { GgufMetadata } from './types.ts'
import { quoted, unusable } from './unusable.ts'
import { readVocabulary, TokenKind, type Vocabulary } from './vocabulary.ts'

/** By `tokenizer.ggml.model`. To add one: its line here, and its file. */
const MODELS: Record<string, (metadata: GgufMetadata, vocabulary: Vocabulary) => ModelJson> = {
  gpt2: byteLevelBpe,
  llama: sentencePieceBpe,
}

export interface GgufTokenizer {
  tokenizer: Tokenizer
  /** Jinja source; undefined if the model was not made for chats. */
  chatTemplate: string | undefined
  bosId: number | null
  /** Any of these ends a generation. */
  eosIds: readonly number[]
}

/**
 * The tokenizer in a GGUF's metadata, made into the `tokenizer.json` that the same model has at the hub, so that text
 * is cut in the same way whichever file the model came from.
 *
 * @throws {DecodingError} `model_unusable` if it is missing, damaged or of a kind that is not known
 */
export function ggufTokenizer(metadata: GgufMetadata): GgufTokenizer {
  const kind = metadata.get('tokenizer.ggml.model')
  if (kind === undefined) throw unusable('its metadata lacks tokenizer.ggml.model')
  if (typeof kind !== 'string' || !Object.hasOwn(MODELS, kind)) {
    const known = Object.keys(MODELS).join(', ')
    throw unusable(`its tokenizer is ${inWords(kind)}; supported are ${known}`)
  }
  const vocabulary = readVocabulary(metadata)
  const { addsBos, model, ...parts } = MODELS[kind]!(metadata, vocabulary)
  const { tokens, bosId, eosIds } = vocabulary
  const addBos = metadata.get('tokenizer.ggml.add_bos_token') ?? addsBos
  if (addBos === true && bosId === null) {
    throw unusable('its prompts begin with a begin token, but its metadata names none')
  }
  const template = metadata.get('tokenizer.chat_template')
  return {
    tokenizer: createTokenizer(
      {
        ...parts,
        added_tokens: addedTokens(vocabulary),
        model: { type: 'BPE', vocab: vocab(vocabulary), ...model },
      },
      { add_bos_token: addBos === true, bos_token: bosId === null ? null : tokens[bosId] },
    ),
    chatTemplate: typeof template === 'string' ? template : undefined,
    bosId,
    eosIds,
  }
}

/** Control tokens, which no text becomes, and texts that were added whole. */
function addedTokens({ tokens, kinds, bosId, eosIds, unknownId }: Vocabulary): object[] {
  // Some files call their begin and end tokens ordinary ones.
  const special = new Set([bosId, unknownId, ...eosIds])
  return tokens.flatMap((content, id) => {
    const isControl = kinds[id] === TokenKind.control || kinds[id] === TokenKind.unknown
    if (isControl || special.has(id)) return { id, content, special: true }
    return kinds[id] === TokenKind.userDefined ? { id, content, special: false } : []
  })
}

/** Ids by token. Two tokens of one spelling are refused: the text of one of them would be lost. */
function vocab({ tokens, kinds }: Vocabulary): Record<string, number> {
  const ids = new Map<string, number>()
  for (const [id, token] of tokens.entries()) {
    if (kinds[id] === TokenKind.unused) continue
    const other = ids.get(token)
    if (other !== undefined) {
      throw unusable(`its tokens ${other} and ${id} are both ${quoted(token)}`)
    }
    ids.set(token, id)
  }
  return Object.fromEntries(ids)
}
