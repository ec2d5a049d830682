import { unusable } from './unusable.ts'

/** How a tensor's numbers are stored: each `blockSize` elements of a row in `blockBytes` bytes. */
export interface TensorType {
  blockSize: number
  blockBytes: number
}

/**
 * The types that can be loaded. To add one: its line here, and its kernels in the engine.
 *
 * - F32, F16: IEEE 754 numbers, little-endian.
 * - Q8_0: a float16 scale d, then 32 int8 q; x = d·q.
 * - Q4_0: a float16 scale d, then 16 bytes; byte j holds q of element j in its low half and q of element j + 16 in
 *   its high half; x = d·(q - 8).
 */
export const TENSOR_TYPES = {
  F32: { blockSize: 1, blockBytes: 4 },
  F16: { blockSize: 1, blockBytes: 2 },
  Q4_0: { blockSize: 32, blockBytes: 18 },
  Q8_0: { blockSize: 32, blockBytes: 34 },
} satisfies Record<string, TensorType>

export type TensorTypeName = keyof typeof TENSOR_TYPES

/** ggml's names by number (ggml.h, `enum ggml_type`), also of types that can't be loaded, so that errors name them. */
const NAMES = (
  'F32 F16 Q4_0 Q4_1 Q4_2 Q4_3 Q5_0 Q5_1 Q8_0 Q8_1 Q2_K Q3_K Q4_K Q5_K Q6_K Q8_K IQ2_XXS IQ2_XS IQ3_XXS IQ1_S ' +
  'IQ4_NL IQ3_S IQ2_S IQ4_XS I8 I16 I32 I64 F64 IQ1_M BF16 Q4_0_4_4 Q4_0_4_8 Q4_0_8_8 TQ1_0 TQ2_0 IQ4_NL_4_4 ' +
  'IQ4_NL_4_8 IQ4_NL_8_8 MXFP4 NVFP4'
).split(' ')

/**
 * @param id      ggml's number of the type
 * @param tensor  who has it, for the message
 * @throws {DecodingError} `model_unusable` if such tensors can't be loaded
 */
export function tensorType(id: number, tensor: string): TensorTypeName {
  const name = NAMES[id]
  if (name !== undefined && Object.hasOwn(TENSOR_TYPES, name)) return name as TensorTypeName
  const known = Object.keys(TENSOR_TYPES).join(', ')
  throw unusable(`tensor ${tensor} has the type ${name ?? `number ${id}`}; supported are ${known}`)
}
