/**
 * Token bytes to text, character by character: a token may end in the middle of one, so bytes wait until it is whole.
 * Bytes that can never become a character are U+FFFD, as in every UTF-8 decoder; a character still incomplete when the
 * text ends is dropped, since nobody wrote half of one.
 */
export class Detokenizer {
  private readonly decoder = new TextDecoder('utf-8', { ignoreBOM: true, fatal: false })
  private held = new Uint8Array(0)
  private dropSpace: boolean

  /** @param dropsLeadingSpace  remove the one space that SentencePiece vocabularies put before a text's first word */
  constructor(dropsLeadingSpace = false) {
    this.dropSpace = dropsLeadingSpace
  }

  /** Whether bytes of an incomplete character are waiting. */
  get incomplete(): boolean {
    return this.held.length > 0
  }

  /** @returns the characters that these bytes complete; often none, or several */
  push(bytes: Uint8Array): string {
    if (bytes.length === 0) return ''
    const all = new Uint8Array(this.held.length + bytes.length)
    all.set(this.held)
    all.set(bytes, this.held.length)
    const whole = all.length - incompleteTail(all)
    this.held = all.slice(whole)
    let text = this.decoder.decode(all.subarray(0, whole))
    if (this.dropSpace && text.length > 0) {
      this.dropSpace = false
      if (text.startsWith(' ')) text = text.slice(1)
    }
    return text
  }
}

/** How many bytes at the end begin a UTF-8 character without ending it (0 to 3). */
function incompleteTail(bytes: Uint8Array): number {
  for (let back = 1; back <= Math.min(3, bytes.length); back++) {
    const byte = bytes[bytes.length - back]!
    if ((byte & 0b1100_0000) === 0b1000_0000) continue // a continuation: its lead is further back
    const needs =
      byte >= 0xf0 && byte <= 0xf4
        ? 4
        : byte >= 0xe0 && byte <= 0xef
          ? 3
          : byte >= 0xc2 && byte <= 0xdf
            ? 2
            : 1
    return needs > back ? back : 0
  }
  return 0
}
