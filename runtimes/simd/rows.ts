/** One token of a pass: where it goes and what it may look at. */
export interface Row {
  token: number
  /** Number of tokens before it on its path; what rotary embedding calls its position. */
  position: number
  /** Place in its sequence's pages. */
  slot: number
  /** Pages of its sequence. */
  pages: readonly number[]
  /** Tree attention: from which slot on, and which of the slots from there, this token sees. */
  visible: { from: number; slots: Uint8Array } | null
  wantsLogits: boolean
  /**
   * Of a sliding window, whose keys are rotated by their place in the page alone: this token's position as seen from the
   * first place of each page. Null: keys are rotated by their position.
   */
  seenFrom: readonly number[] | null
}

/** Most rows of one pass: enough that weights are read once for many, few enough that they stay in the fast caches. */
export const MAX_ROWS = 64

/** What a pass tells of a row. */
export interface RowOutput {
  logits: Float32Array
  /** What the output matrix was multiplied by, where the model has heads to read it. */
  state: Float32Array | null
}
