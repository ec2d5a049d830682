import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { type ModelSource, resolveModel } from '../../runtimes/model-source.ts'

/** A folder on disk, a URL, or a model's id on the hub (HF_ENDPOINT names another host, as Hugging Face's tools have it). */
export function locateModel(model: string): ModelSource {
  if (existsSync(model)) return resolveModel(`${pathToFileURL(resolve(model)).href}/`)
  const host = process.env.HF_ENDPOINT
  return resolveModel(model, host ? { host } : {})
}
