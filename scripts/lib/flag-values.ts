import { DecodingError } from '../../decoder/index.ts'

/** What computes the logits: ONNX graphs by transformers.js, or model.gguf by our own kernels. */
const RUNTIMES = ['transformers', 'simd'] as const
export type Runtime = (typeof RUNTIMES)[number]

/** @throws {DecodingError} that lists the runtimes there are */
export function toRuntime(text: string): Runtime {
  const runtime = RUNTIMES.find((name) => name === text)
  if (runtime) return runtime
  throw new DecodingError(
    `There is no runtime "${text}"; there are: ${RUNTIMES.join(', ')}`,
    'invalid_value',
  )
}

/** @throws {DecodingError} that names the flag, given without its dashes */
export function toNumber(flag: string, text: string): number {
  const value = text.trim() === '' ? Number.NaN : Number(text)
  if (Number.isFinite(value)) return value
  throw new DecodingError(`--${flag} takes a number, not "${text}"`, 'invalid_value')
}

/** A whole number from 0 on. @throws {DecodingError} that names the flag */
export function toCount(flag: string, text: string): number {
  const value = toNumber(flag, text)
  if (Number.isSafeInteger(value) && value >= 0) return value
  throw new DecodingError(
    `--${flag} takes a whole number from 0 on, not "${text}"`,
    'invalid_value',
  )
}

/** Numbers with commas between them. @throws {DecodingError} that names the flag */
export function toNumbers(flag: string, list: string): number[] {
  return list.split(',').map((item) => toNumber(flag, item))
}
