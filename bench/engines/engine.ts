/** A prompt as ids, and as the text that the model's tokenizer makes into them. */
export interface Prompt {
  ids: number[]
  text: string
}

export interface Timing {
  /** Milliseconds to read the prompt, logits of its last token included. */
  prefill: number
  /** Tokens a second from then on. */
  decode: number
}

/** A contestant with a model loaded, on one thread. */
export interface Engine {
  name: string
  /** Reads the whole prompt anew and makes `count` tokens, the likeliest each time, past any end token. */
  run(prompt: Prompt, count: number): Promise<Timing>
  /** Frees what it can, so that the engine may be opened again. */
  close(): Promise<void>
}
