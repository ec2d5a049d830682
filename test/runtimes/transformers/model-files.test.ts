import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { ModelFiles } from '../../../runtimes/files/model-files.ts'
import { ProgressMeter } from '../../../runtimes/files/progress.ts'
import type { LoadProgress } from '../../../runtimes/loaded-model.ts'
import { findChatTemplate } from '../../../runtimes/tokenizer/chat-template.ts'
import { modelConfig } from '../../../runtimes/transformers/model-config.ts'
import {
  CPU_PRECISIONS,
  chooseWeights,
  HALF_FLOAT_GPU_PRECISIONS,
} from '../../../runtimes/transformers/weights.ts'
import { FileServer } from '../../support/file-server.ts'
import { MemoryStore } from '../../support/memory-store.ts'

describe('weights', () => {
  let server: FileServer
  beforeEach(async () => {
    server = await FileServer.start()
  })
  afterEach(() => server.stop())

  const open = () =>
    ModelFiles.open({ id: 'org/name', base: server.url }, { fetch, store: new MemoryStore() })

  test('count the files that lie beside the graph', async () => {
    server.add('onnx/model_quantized.onnx', new Uint8Array(100))
    server.add('onnx/model_quantized.onnx_data', new Uint8Array(2000))
    server.add('onnx/model_quantized.onnx_data_1', new Uint8Array(30_000))
    for (const format of [2, { model: 2 }, { 'model_quantized.onnx': 2 }]) {
      const config = { 'transformers.js_config': { use_external_data_format: format } }
      expect(await chooseWeights(await open(), config, CPU_PRECISIONS, 40_000)).toMatchObject({
        bytes: 32_100,
        files: [
          'onnx/model_quantized.onnx',
          'onnx/model_quantized.onnx_data',
          'onnx/model_quantized.onnx_data_1',
        ],
      })
    }
  })

  test('that fit are taken before better ones that do not', async () => {
    server.add('onnx/model.onnx', new Uint8Array(4000))
    server.add('onnx/model_q4.onnx', new Uint8Array(600))
    const best = async (limit: number) =>
      (await chooseWeights(await open(), {}, CPU_PRECISIONS, limit)).precision.dtype
    expect(await best(5000)).toBe('fp32')
    expect(await best(1000)).toBe('q4')
    await expect(best(500)).rejects.toMatchObject({ code: 'model_too_large' })
  })

  test('for the graphics processor are never 8-bit', async () => {
    server.add('onnx/model_quantized.onnx', new Uint8Array(10))
    const files = await open()
    await expect(chooseWeights(files, {}, HALF_FLOAT_GPU_PRECISIONS, 1e6)).rejects.toMatchObject({
      code: 'model_unusable',
    })
  })
})

describe('a model’s configuration', () => {
  const graph = { vocabSize: null, parameters: 1, fingerprint: 'f' }

  test.each([
    [{ max_position_embeddings: 512 }, 512],
    [{ n_positions: 1024, n_ctx: 2048 }, 1024],
    [{ n_ctx: 2048 }, 2048],
  ])('%j has a context of %d', (config, length) => {
    expect(modelConfig({ vocab_size: 9, ...config }, {}, graph)?.contextLength).toBe(length)
  })

  test.each([
    [{ eos_token_id: 5 }, {}, [5]],
    [{ eos_token_id: 5 }, { eos_token_id: [2, 0] }, [2, 0]],
    [{ eos_token_id: null }, {}, []],
    [{}, {}, []],
  ])('%j with %j ends on %j', (config, generation, ids) => {
    const made = modelConfig({ vocab_size: 9, n_ctx: 9, ...config }, generation, graph)
    expect(made?.eosIds).toEqual(ids)
  })

  test('takes the vocabulary’s size from the graph, which may be padded', () => {
    const made = modelConfig({ vocab_size: 9, n_ctx: 9 }, {}, { ...graph, vocabSize: 16 })
    expect(made?.vocabSize).toBe(16)
  })
})

test.each([
  [null, {}, undefined],
  [null, { chat_template: 'one' }, 'one'],
  ['file', { chat_template: 'one' }, 'file'],
  [
    null,
    {
      chat_template: [
        { name: 'tool_use', template: 'a' },
        { name: 'default', template: 'b' },
      ],
    },
    'b',
  ],
])('the chat template of the file %j and %j is %j', (file, config, template) => {
  expect(findChatTemplate(file, config)).toBe(template)
})

test('progress only grows, and ends at its total', () => {
  const steps: LoadProgress[] = []
  const meter = new ProgressMeter((step) => steps.push(step))
  meter.expect('a', 100)
  meter.expect('b', null)
  meter.update('a', 60)
  meter.update('a', 0)
  meter.update('b', 30)
  meter.update('a', 120)
  meter.finish()
  expect(steps).toEqual([
    { loaded: 60, total: 100 },
    { loaded: 60, total: 100 },
    { loaded: 60, total: 130 },
    { loaded: 150, total: 150 },
    { loaded: 150, total: 150 },
  ])
})
