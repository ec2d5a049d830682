import type { Tokenizer } from '../../tokenizer.ts'

/**
 * A vocabulary as a prefix tree of the tokens' bytes, flat and in preorder: what rules out a beginning rules out all
 * tokens that share it. Tokens without bytes, such as control tokens, are not in it.
 */
export interface TokenTrie {
  readonly size: number
  /** Nodes, a byte each. */
  readonly bytes: Uint8Array
  /** How many bytes lead to and include a node's. */
  readonly depths: Uint16Array
  /** The first node after a node's own subtree. */
  readonly ends: Int32Array
  /** Ids sorted by their bytes; those of node n begin at `first[n]` and end before `first[n + 1]`. */
  readonly ids: Int32Array
  readonly first: Int32Array
}

/** A longer token is no use under a constraint; and a vocabulary that has some could not exhaust the memory with them. */
const MAX_TOKEN_BYTES = 256

const known = new WeakMap<Tokenizer, TokenTrie>()

/** Of each tokenizer it is made once: tens of milliseconds for 50,000 tokens. */
export function trieOf(tokenizer: Tokenizer): TokenTrie {
  let trie = known.get(tokenizer)
  if (!trie) {
    trie = makeTrie(tokenizer)
    known.set(tokenizer, trie)
  }
  return trie
}

function makeTrie(tokenizer: Tokenizer): TokenTrie {
  const tokens: { id: number; bytes: Uint8Array }[] = []
  const control = new Set(tokenizer.specialTokens.values())
  for (let id = 0; id < tokenizer.vocabSize; id++) {
    if (control.has(id)) continue
    const bytes = tokenizer.bytes(id)
    if (bytes.length > 0 && bytes.length <= MAX_TOKEN_BYTES) tokens.push({ id, bytes })
  }
  tokens.sort((a, b) => compare(a.bytes, b.bytes) || a.id - b.id)
  const bytes: number[] = []
  const depths: number[] = []
  const ends: number[] = []
  const first: number[] = []
  /** Nodes from the root to the last one. */
  const path: number[] = []
  let before = new Uint8Array()
  for (const [index, token] of tokens.entries()) {
    const shared = commonLength(before, token.bytes)
    while (path.length > shared) ends[path.pop()!] = bytes.length
    for (let i = shared; i < token.bytes.length; i++) {
      path.push(bytes.length)
      first.push(index)
      depths.push(i + 1)
      ends.push(0)
      bytes.push(token.bytes[i]!)
    }
    before = token.bytes as Uint8Array<ArrayBuffer>
  }
  while (path.length > 0) ends[path.pop()!] = bytes.length
  first.push(tokens.length)
  // A node above the first token of its subtree has none of its own: its list ends where the next node's begins.
  return {
    size: tokenizer.vocabSize,
    bytes: Uint8Array.from(bytes),
    depths: Uint16Array.from(depths),
    ends: Int32Array.from(ends),
    ids: Int32Array.from(tokens, ({ id }) => id),
    first: Int32Array.from(first),
  }
}

function compare(a: Uint8Array, b: Uint8Array): number {
  const shared = commonLength(a, b)
  return (a[shared] ?? -1) - (b[shared] ?? -1)
}

function commonLength(a: Uint8Array, b: Uint8Array): number {
  const most = Math.min(a.length, b.length)
  let length = 0
  while (length < most && a[length] === b[length]) length++
  return length
}
