import type { Tokenizer } from '../../decoder/index.ts'

/**
 * A tokenizer a test can read: control tokens first, then pieces of its own, then one token a byte.
 * `encode` takes the longest piece that fits.
 */
export class ByteTokenizer implements Tokenizer {
  readonly vocabSize: number
  readonly specialTokens: ReadonlyMap<string, number>
  readonly prefixId: number | null
  readonly dropsLeadingSpace = false
  private readonly pieces: readonly Uint8Array[]

  constructor(
    special: readonly string[] = ['<|end|>', '<|im_start|>', '<|im_end|>'],
    pieces: readonly (string | readonly number[])[] = [],
    prefixId: number | null = null,
  ) {
    this.specialTokens = new Map(special.map((text, id) => [text, id]))
    this.prefixId = prefixId
    this.pieces = [
      ...special.map(() => new Uint8Array()),
      ...pieces.map((piece) =>
        typeof piece === 'string' ? new TextEncoder().encode(piece) : Uint8Array.from(piece),
      ),
      ...Array.from({ length: 256 }, (_, byte) => Uint8Array.of(byte)),
    ]
    this.vocabSize = this.pieces.length
  }

  encode(text: string): number[] {
    const bytes = new TextEncoder().encode(text)
    const ids: number[] = []
    for (let at = 0; at < bytes.length; ) {
      let best = -1
      for (const [id, piece] of this.pieces.entries()) {
        const fits = piece.length > 0 && piece.every((byte, i) => bytes[at + i] === byte)
        if (fits && piece.length > (this.pieces[best]?.length ?? 0)) best = id
      }
      ids.push(best)
      at += this.pieces[best]!.length
    }
    return ids
  }

  bytes(id: number): Uint8Array {
    return this.pieces[id]!
  }
}
