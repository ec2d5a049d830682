import type { LanguageModel } from '../language-model.ts'

/** A model that also tells what a text is about. */
export interface EmbeddingModel extends LanguageModel {
  /** Whether it does: most have not learnt to. */
  readonly embeds: boolean
  /**
   * Reads a text apart from every cache.
   *
   * @param tokens  1 to `contextLength` ids
   * @returns the state after the layers that its lookup reads, at the last token, [width]; the caller's own
   * @throws {RangeError} as `forward`
   */
  embed(tokens: readonly number[]): Promise<Float32Array>
}

export function canEmbed(model: LanguageModel): model is EmbeddingModel {
  return 'embeds' in model && model.embeds === true
}
