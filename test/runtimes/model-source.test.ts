import { expect, test } from 'vitest'
import { resolveModel } from '../../runtimes/model-source.ts'

test.each([
  ['org/name', {}, 'org/name', 'https://huggingface.co/org/name/resolve/main/'],
  ['gpt2', {}, 'gpt2', 'https://huggingface.co/gpt2/resolve/main/'],
  [
    'org/name',
    { host: 'https://hub.example/', revision: 'refs/pr/1' },
    'org/name',
    'https://hub.example/org/name/resolve/refs%2Fpr%2F1/',
  ],
  ['org/name', { host: '' }, 'org/name', 'https://huggingface.co/org/name/resolve/main/'],
  [
    'https://shop.example/models/edgewise-chat/resolve/main',
    {},
    'edgewise-chat',
    'https://shop.example/models/edgewise-chat/resolve/main/',
  ],
  ['https://x.example/my%20model/?a#b', {}, 'my model', 'https://x.example/my%20model/'],
  ['file:///models/tiny', {}, 'tiny', 'file:///models/tiny/'],
])('%s with %j', (model, options, id, base) => {
  expect(resolveModel(model, options)).toEqual({ id, base })
})

test.each(['', 'a/b/c', '../x', 'org/..', 'https://', 'name with spaces', 'ftp://x/y'])(
  'refuses "%s"',
  (model) => {
    expect(() => resolveModel(model)).toThrow(
      expect.objectContaining({ code: 'model_not_found', param: 'model' }),
    )
  },
)
