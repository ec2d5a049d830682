import type { TensorTypeName } from './tensor-types.ts'

export type { TensorTypeName }

/** A list of numbers in the metadata, each in its stored width; booleans are bytes of 0 and 1. */
export type GgufNumbers =
  | Uint8Array
  | Int8Array
  | Uint16Array
  | Int16Array
  | Uint32Array
  | Int32Array
  | Float32Array
  | Float64Array
  | BigUint64Array
  | BigInt64Array

/** A value of the metadata. Integers of 64 bits are numbers where a number holds them exactly, else bigint. */
export type GgufValue = number | bigint | boolean | string | string[] | GgufNumbers

export type GgufMetadata = ReadonlyMap<string, GgufValue>

/** Where one tensor lies in the file. */
export interface GgufTensor {
  name: string
  type: TensorTypeName
  /** ggml's order: the innermost dimension first, so a matrix is [in, out] and its rows are contiguous. */
  shape: number[]
  /** Of its first byte, from the beginning of the file. */
  offset: number
  bytes: number
}

/** All that comes before the weights. */
export interface GgufHeader {
  version: number
  metadata: GgufMetadata
  /** In the order of their data, so that each can be taken as it arrives. They lie inside the file and apart. */
  tensors: GgufTensor[]
  /** Where the first tensor may begin: `headerBytes` rounded up to the file's alignment. */
  dataStart: number
  headerBytes: number
}
