import { OnnxCache } from './cache.ts'
import type { KeyValues } from './key-values.ts'
import type { Tensor } from './onnx-runtime.ts'

/** What was made of a source, once: never changed, and shared by all caches of its targets. */
export interface Source {
  /** The encoder's output, and ones for each of the source's tokens. */
  readonly hidden: Tensor
  readonly mask: Tensor
  /** Keys and values of the source by input, for the decoder to look back at; the first pass of a target makes them. */
  keyValues: ReadonlyMap<string, Tensor> | null
}

/** A target's keys and values, and the source that it is made from. */
export class SourceCache extends OnnxCache {
  readonly source: Source

  constructor(source: Source, keyValues: KeyValues, length?: number) {
    super(keyValues, length)
    this.source = source
  }

  override get bytes(): number {
    const { hidden, keyValues } = this.source
    let numbers = hidden.size
    for (const tensor of keyValues?.values() ?? []) numbers += tensor.size
    return super.bytes + numbers * 4
  }

  protected override copy(keyValues: KeyValues, length: number): SourceCache {
    return new SourceCache(this.source, keyValues, length)
  }
}
