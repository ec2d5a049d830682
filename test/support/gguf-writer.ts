/** A value of the metadata as it stands in the file: ggml's number of its kind, and its bytes. */
export interface Value {
  kind: number
  bytes: Uint8Array
}

export interface TensorInput {
  name: string
  /** ggml's number: 0 F32, 1 F16, 2 Q4_0, 8 Q8_0. */
  type: number
  /** ggml's order, [in, out]. */
  shape: (number | bigint)[]
  data: Uint8Array
  /** From the start of the data; where the tensor before it ends, if not given. */
  offset?: number | bigint
}

export interface GgufInput {
  metadata: Record<string, Value>
  tensors: TensorInput[]
  version?: number
  /** Of the data; the file says so only if its metadata does. */
  alignment?: number
}

/** Bytes in the order they are written, all numbers little-endian. */
export class ByteWriter {
  #bytes = new Uint8Array(1024)
  #view = new DataView(this.#bytes.buffer)
  #length = 0

  get length(): number {
    return this.#length
  }

  raw(bytes: ArrayLike<number>): this {
    const start = this.#grow(bytes.length)
    this.#bytes.set(bytes, start)
    return this
  }

  u32(value: number): this {
    const start = this.#grow(4)
    this.#view.setUint32(start, value, true)
    return this
  }

  u64(value: number | bigint): this {
    const start = this.#grow(8)
    this.#view.setBigUint64(start, BigInt(value), true)
    return this
  }

  text(value: string): this {
    const bytes = new TextEncoder().encode(value)
    return this.u64(bytes.length).raw(bytes)
  }

  align(alignment: number): this {
    this.#grow((alignment - (this.#length % alignment)) % alignment)
    return this
  }

  done(): Uint8Array<ArrayBuffer> {
    return this.#bytes.slice(0, this.#length)
  }

  /** Makes room for `count` zeros and returns where they begin. */
  #grow(count: number): number {
    const start = this.#length
    this.#length += count
    if (this.#length > this.#bytes.length) {
      const larger = new Uint8Array(2 * this.#length)
      larger.set(this.#bytes)
      this.#bytes = larger
      this.#view = new DataView(larger.buffer)
    }
    return start
  }
}

const bytesOf = (list: { buffer: ArrayBufferLike }) => new Uint8Array(list.buffer)

export const u32 = (value: number): Value => ({ kind: 4, bytes: bytesOf(Uint32Array.of(value)) })
export const f32 = (value: number): Value => ({ kind: 6, bytes: bytesOf(Float32Array.of(value)) })
export const bool = (value: boolean): Value => ({ kind: 7, bytes: Uint8Array.of(Number(value)) })
export const text = (value: string): Value => ({
  kind: 8,
  bytes: new ByteWriter().text(value).done(),
})

export function texts(values: readonly string[]): Value {
  const writer = new ByteWriter().u32(8).u64(values.length)
  for (const value of values) writer.text(value)
  return { kind: 9, bytes: writer.done() }
}

export function f32s(values: ArrayLike<number>): Value {
  const writer = new ByteWriter().u32(6).u64(values.length)
  return { kind: 9, bytes: writer.raw(bytesOf(Float32Array.from(values))).done() }
}

export function i32s(values: ArrayLike<number>): Value {
  const writer = new ByteWriter().u32(5).u64(values.length)
  return { kind: 9, bytes: writer.raw(bytesOf(Int32Array.from(values))).done() }
}

/** A GGUF file; what it is given is written as it is, sense or nonsense. */
export function writeGguf({ metadata, tensors, version = 3, alignment = 32 }: GgufInput) {
  const entries = Object.entries(metadata)
  const file = new ByteWriter().raw([0x47, 0x47, 0x55, 0x46]).u32(version)
  file.u64(tensors.length).u64(entries.length)
  for (const [key, { kind, bytes }] of entries) file.text(key).u32(kind).raw(bytes)
  const data = new ByteWriter()
  for (const tensor of tensors) {
    file.text(tensor.name).u32(tensor.shape.length)
    for (const size of tensor.shape) file.u64(size)
    file.u32(tensor.type).u64(tensor.offset ?? data.length)
    data.raw(tensor.data).align(alignment)
  }
  return file.align(alignment).raw(data.done()).done()
}
