/** Text to token ids and back, as the decoder needs it; runtimes supply it. */
export interface Tokenizer {
  readonly vocabSize: number
  /** Control tokens by their text (`<|im_end|>` → 2). Only a chat template or a raw prompt may emit them. */
  readonly specialTokens: ReadonlyMap<string, number>
  /** Control tokens that take the white space before or after them, by their text; none if left out. */
  readonly lstrip?: ReadonlySet<string>
  readonly rstrip?: ReadonlySet<string>
  /** Token id put before every raw prompt and chat prompt, if the tokenizer asks for one. */
  readonly prefixId: number | null
  /** True if decoding drops the space that the vocabulary puts before the first word (SentencePiece). */
  readonly dropsLeadingSpace: boolean
  /** Ordinary text only: what looks like a control token is cut into ordinary tokens. No ids are added. */
  encode(text: string): number[]
  /** The bytes a token stands for in running text; none for a control token. Bytes of several tokens may form one character. */
  bytes(id: number): Uint8Array
}
