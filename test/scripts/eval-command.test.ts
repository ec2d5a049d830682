import { expect, test } from 'vitest'
import { parseEvalCommand } from '../../scripts/lib/eval-command.ts'
import {
  DEFAULT_MODEL_FOLDER,
  DRAFT_MODEL_FOLDER,
  MASKED_MODEL_FOLDER,
} from '../../scripts/lib/paths.ts'

test('without arguments the default model answers all questions', () => {
  expect(parseEvalCommand([])).toEqual({
    help: false,
    model: DEFAULT_MODEL_FOLDER,
    runtime: 'simd',
    only: /(?:)/,
    show: 0,
    data: undefined,
    draft: DRAFT_MODEL_FOLDER,
    masked: MASKED_MODEL_FOLDER,
    json: false,
  })
})

test('what is given is read', () => {
  const args = ['--model', 'org/name', '--runtime', 'transformers', '--only', '^grounded']
  expect(
    parseEvalCommand([
      ...args,
      '--show',
      '3',
      '--data',
      'some/folder',
      '--masked',
      'a/masked',
      '--json',
    ]),
  ).toEqual({
    help: false,
    model: 'org/name',
    runtime: 'transformers',
    only: /^grounded/,
    show: 3,
    data: 'some/folder',
    draft: undefined,
    masked: 'a/masked',
    json: true,
  })
})

test.each<[string[], RegExp]>([
  [['--nonsense'], /--nonsense/],
  [['grounded'], /grounded/],
  [['--runtime', 'abacus'], /no runtime "abacus"; there are: transformers, simd/],
  [['--only', '('], /^--only takes a regular expression, and "\(" is none$/],
  [['--show', 'x'], /^--show takes a number, not "x"/],
  [['--show', '1.5'], /^--show takes a whole number from 0 on, not "1\.5"/],
  [['--show=-1'], /^--show takes a whole number/],
])('%j is refused', (args, message) => {
  expect(() => parseEvalCommand(args)).toThrow(message)
})
