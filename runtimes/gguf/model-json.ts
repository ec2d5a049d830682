/** The parts of Hugging Face's `tokenizer.json` in which kinds of tokenizers differ. */
export interface ModelJson {
  /** What holds if the file doesn't say whether prompts begin with the begin token. */
  addsBos: boolean
  normalizer: object | null
  pre_tokenizer: object | null
  decoder: object
  /** Besides the vocabulary. */
  model: object
}
