import { DecodingError } from '../decoder/errors.ts'

/** Where a model's files are: a folder in the Hugging Face layout (`config.json`, `tokenizer.json`, `onnx/…`). */
export interface ModelSource {
  /** Name the model is served under. */
  readonly id: string
  /** URL that all files are under; ends with "/". */
  readonly base: string
}

const HUB = 'https://huggingface.co'
const HUB_NAME = /^[A-Za-z0-9][\w.-]*(\/[A-Za-z0-9][\w.-]*)?$/

/**
 * Finds the folder that a model's name stands for.
 *
 * @param model   a name on the hub (`org/name`), or the absolute URL (http, https, file) of a folder
 * @param options `host`: a hub of one's own with the same layout; `revision`: branch, tag or commit, `main` by default
 * @throws {DecodingError} `model_not_found` if it is neither
 * @example
 * resolveModel('org/name').base // https://huggingface.co/org/name/resolve/main/
 */
export function resolveModel(
  model: string,
  options: { host?: string; revision?: string } = {},
): ModelSource {
  if (/^(https?|file):\/\//.test(model)) return folder(model)
  if (!HUB_NAME.test(model) || model.includes('..')) {
    throw new DecodingError(
      `"${model.slice(0, 100)}" is neither a model's name (org/name) nor a URL`,
      'model_not_found',
      'model',
    )
  }
  const host = (options.host || HUB).replace(/\/+$/, '')
  const revision = encodeURIComponent(options.revision ?? 'main')
  return { id: model, base: `${host}/${model}/resolve/${revision}/` }
}

function folder(address: string): ModelSource {
  if (!URL.canParse(address)) {
    throw new DecodingError(`"${address.slice(0, 100)}" is not a URL`, 'model_not_found', 'model')
  }
  const url = new URL(address)
  url.hash = ''
  url.search = ''
  if (!url.pathname.endsWith('/')) url.pathname += '/'
  const name = /([^/]+)\/(?:resolve\/[^/]+\/)?$/.exec(url.pathname)?.[1] ?? 'model'
  return { id: decodeURIComponent(name), base: url.href }
}
