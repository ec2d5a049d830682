/** One row of next-token scores, [vocabSize]; -Infinity rules a token out. */
export type Logits = Float32Array | Float64Array
