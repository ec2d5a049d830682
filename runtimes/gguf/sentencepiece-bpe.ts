import type { ModelJson } from './model-json.ts'
import type { GgufMetadata } from './types.ts'
import { numbers, TokenKind, type Vocabulary } from './vocabulary.ts'

/** SentencePiece's visible space. */
const SPACE = '▁'

/** `tokenizer.ggml.model` = llama: SentencePiece's BPE, with scores in place of merges and tokens for single bytes. */
export function sentencePieceBpe(metadata: GgufMetadata, vocabulary: Vocabulary): ModelJson {
  const marked = { type: 'Replace', pattern: { String: ' ' }, content: SPACE }
  const unmarked = { type: 'Replace', pattern: { String: SPACE }, content: ' ' }
  const before = metadata.get('tokenizer.ggml.add_space_prefix') !== false
  return {
    addsBos: true,
    normalizer: {
      type: 'Sequence',
      normalizers: [...(before ? [{ type: 'Prepend', prepend: SPACE }] : []), marked],
    },
    pre_tokenizer: null,
    decoder: {
      type: 'Sequence',
      decoders: [
        unmarked,
        { type: 'ByteFallback' },
        { type: 'Fuse' },
        ...(before ? [{ type: 'Strip', content: ' ', start: 1, stop: 0 }] : []),
      ],
    },
    model: {
      merges: mergesByScore(vocabulary, numbers(metadata, 'scores', vocabulary.tokens.length)),
      byte_fallback: true,
      fuse_unk: true,
      unk_token: vocabulary.tokens[unknownId(vocabulary)],
    },
  }
}

/**
 * SentencePiece joins the two neighbours whose union has the highest score. As merges, these are all ways to cut each
 * token into two others, the best token first; ways to cut the same token stand in the order that Hugging Face's
 * conversion gives them (transformers, `generate_merges`).
 */
function mergesByScore(
  { tokens, kinds }: Vocabulary,
  scores: ArrayLike<number>,
): [string, string][] {
  const ids = new Map<string, number>()
  for (const [id, token] of tokens.entries()) {
    if (kinds[id] === TokenKind.normal) ids.set(token, id)
  }
  const merges: { left: string; right: string; score: number }[] = []
  for (const [token, id] of ids) {
    for (let cut = 1; cut < token.length; cut++) {
      const [left, right] = [token.slice(0, cut), token.slice(cut)]
      if (ids.has(left) && ids.has(right)) merges.push({ left, right, score: scores[id]! })
    }
  }
  merges.sort(
    (a, b) => b.score - a.score || b.left.length - a.left.length || b.right.length - a.right.length,
  )
  return merges.map(({ left, right }) => [left, right])
}

function unknownId({ kinds, unknownId }: Vocabulary): number {
  return unknownId ?? Math.max(0, Array.from(kinds).indexOf(TokenKind.unknown))
}
