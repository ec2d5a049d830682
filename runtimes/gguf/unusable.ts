import { DecodingError } from '../../decoder/errors.ts'

/** The one error of this folder: a file that can't be used, with its cause. */
export function unusable(cause: string): DecodingError {
  return new DecodingError(`The GGUF file can't be used: ${cause}`, 'model_unusable', 'model')
}

/** A name out of the file, made fit for a message: in quotes, escaped and cut. */
export function quoted(name: string): string {
  return JSON.stringify(name.length > 64 ? `${name.slice(0, 64)}…` : name)
}
