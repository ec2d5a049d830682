import type { CacheInput } from './decoder-graph.ts'
import type { OnnxRuntime, Tensor } from './onnx-runtime.ts'

type TypedArray = Float32Array | Uint16Array

/**
 * Keys and values of all layers for one past, as the graph gave them. They never change, so any number of caches may
 * hold the same ones; what lies on the graphics processor is freed when the last lets go.
 */
export class KeyValues {
  /** Tokens in the tensors. */
  readonly length: number
  readonly tensors: ReadonlyMap<string, Tensor>
  #users = 1

  constructor(length: number, tensors: ReadonlyMap<string, Tensor>) {
    this.length = length
    this.tensors = tensors
  }

  get bytes(): number {
    let bytes = 0
    for (const tensor of this.tensors.values()) {
      bytes += tensor.size * (tensor.type === 'float16' ? 2 : 4)
    }
    return bytes
  }

  share(): this {
    this.#users++
    return this
  }

  release(): void {
    if (--this.#users > 0) return
    for (const tensor of this.tensors.values()) {
      if (tensor.location === 'gpu-buffer') tensor.dispose()
    }
  }

  /** The first `length` tokens' keys and values, copied. */
  async first(length: number, caches: CacheInput[], runtime: OnnxRuntime): Promise<KeyValues> {
    const tensors = new Map<string, Tensor>()
    for (const { input, axis } of caches) {
      const tensor = this.tensors.get(input)!
      const data = (await tensor.getData()) as TypedArray
      const dims = tensor.dims.with(axis, length)
      tensors.set(
        input,
        new runtime.Tensor(tensor.type, head(data, tensor.dims, axis, length), dims),
      )
    }
    return new KeyValues(length, tensors)
  }
}

/** Keys and values of no token. */
export function noKeyValues(caches: CacheInput[], runtime: OnnxRuntime): KeyValues {
  const tensors = new Map<string, Tensor>()
  for (const { input, type, emptyDims } of caches) {
    const data = type === 'float16' ? new Uint16Array() : new Float32Array()
    tensors.set(input, new runtime.Tensor(type as 'float32', data as Float32Array, emptyDims))
  }
  return new KeyValues(0, tensors)
}

/** The first `length` slices of row-major `data` along one axis. */
function head(
  data: TypedArray,
  dims: readonly number[],
  axis: number,
  length: number,
): Float32Array {
  const product = (sizes: readonly number[]) => sizes.reduce((a, b) => a * b, 1)
  const outer = product(dims.slice(0, axis))
  const inner = product(dims.slice(axis + 1))
  const stride = dims[axis]! * inner
  const kept = length * inner
  const Type = data.constructor as new (length: number) => Float32Array
  const result = new Type(outer * kept)
  for (let block = 0; block < outer; block++) {
    result.set(data.subarray(block * stride, block * stride + kept), block * kept)
  }
  return result
}
