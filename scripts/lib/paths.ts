import { join, resolve } from 'node:path'

export const ROOT = resolve(import.meta.dirname, '../..')
export const ASSETS = join(ROOT, 'dist/assets')
/** The compiled SIMD kernels. */
export const ENGINE = join(ROOT, 'dist/engine')
/** Id of the embedded default model, its folder's name under model/ and its path on the edge. */
export const DEFAULT_MODEL = 'edgewise-chat'
export const DEFAULT_MODEL_FOLDER = join(ROOT, 'model', DEFAULT_MODEL)
/** Models with its vocabulary, for other ways to decode: one to guess its tokens, one to fill in masked ones. */
export const DRAFT_MODEL_FOLDER = `${DEFAULT_MODEL_FOLDER}-draft`
export const MASKED_MODEL_FOLDER = `${DEFAULT_MODEL_FOLDER}-masked`
