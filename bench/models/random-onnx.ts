import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'

const SCRIPT = join(import.meta.dirname, 'onnx_from_gguf.py')

/**
 * Makes the graph beside a random model.gguf that transformers.js takes, unless it is there already.
 *
 * @returns whether it is there; it can't be made without a Python that has model/train/requirements.txt
 */
export function makeOnnx(folder: string): boolean {
  if (existsSync(join(folder, 'onnx/model_quantized.onnx'))) return true
  const python = process.env.PYTHON ?? 'python3'
  return spawnSync(python, [SCRIPT, folder], { stdio: 'ignore' }).status === 0
}
