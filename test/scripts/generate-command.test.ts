import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { parseCommand } from '../../scripts/lib/generate-command.ts'

const parse = (...args: string[]) => parseCommand(['--prompt', 'x', ...args])

test('one prompt of three kinds', () => {
  expect(parseCommand(['--prompt', 'a b']).input).toEqual({ kind: 'prompt', text: 'a b' })
  expect(parseCommand(['--chat', 'hi']).input).toEqual({ kind: 'chat', text: 'hi' })
  expect(parseCommand(['--prompt-ids', '1,2, 3']).input).toEqual({ kind: 'ids', ids: [1, 2, 3] })
  expect(() => parseCommand([])).toThrow(/Give one of/)
  expect(() => parseCommand(['--prompt', 'a', '--chat', 'b'])).toThrow(/Give one of/)
})

test('numbers, lists, repeated texts and pairs become options', () => {
  const { options } = parse(
    ...['--temperature', '0', '--repetition-penalty', '1.2', '--frequency-penalty=-0.5'],
    ...['--suppress-tokens', '1,2', '--exponential-decay-length-penalty', '5,1.3'],
    ...['--bad-words', 'one', '--bad-words', 'two, three', '--stop', 'a', '--stop', 'b'],
    ...['--logit-bias', '5=-100,7=2.5', '--mirostat', '2', '--ignore-eos'],
  )
  expect(options).toMatchObject({
    temperature: 0,
    repetition_penalty: 1.2,
    frequency_penalty: -0.5,
    suppress_tokens: [1, 2],
    exponential_decay_length_penalty: [5, 1.3],
    bad_words: ['one', 'two, three'],
    stop: ['a', 'b'],
    logit_bias: { 5: -100, 7: 2.5 },
    mirostat: 2,
    ignore_eos: true,
    top_p: 1,
  })
})

test('a beam search', () => {
  const { options } = parse(
    ...['--num-beams', '6', '--num-return-sequences', '2', '--length-penalty=-0.5'],
    ...['--num-beam-groups', '3', '--diversity-penalty', '0.7', '--force-words', 'tea, please'],
  )
  expect(options).toMatchObject({
    num_beams: 6,
    num_return_sequences: 2,
    length_penalty: -0.5,
    early_stopping: false,
    num_beam_groups: 3,
    diversity_penalty: 0.7,
    force_words: ['tea, please'],
  })
  const stopping = (value: string) => parse('--early-stopping', value).options.early_stopping
  expect(['true', 'false', 'never'].map(stopping)).toEqual([true, false, 'never'])
  expect(parse('--num-beams', '2', '--do-sample').options.do_sample).toBe(true)
})

test('a sliding window', () => {
  const window = (...args: string[]) => parse(...args).options.sliding_window
  expect(window()).toBeUndefined()
  expect(window('--sliding-window', '100')).toEqual({ window: 100, sinks: 4 })
  expect(window('--attention-sinks', '8')).toEqual({ sinks: 8 })
  expect(() => window('--sliding-window', '0')).toThrow(/--sliding-window: /)
  expect(() => window('--attention-sinks', 'x')).toThrow(/--attention-sinks takes a number/)
})

test('several tokens a pass', () => {
  const tree = parse(
    ...['--speculative', 'tree', '--num-draft-tokens', '6', '--acceptance', 'search'],
    ...['--tree-widths', '3,2', '--tree-branches', '4', '--draft', 'some/folder'],
  )
  expect(tree.draft).toBe('some/folder')
  expect(tree.options.speculative).toEqual({
    method: 'tree',
    num_tokens: 6,
    acceptance: 'search',
    widths: [3, 2],
    branches: 4,
  })
  const ngram = parse('--speculative', 'ngram', '--acceptance-threshold', '0.3').options
  expect(ngram.speculative).toEqual({
    method: 'ngram',
    num_tokens: 4,
    acceptance: 'threshold',
    threshold: 0.3,
  })
  const chunks = parse('--chunk-size', '4', '--chunk-passes', '2').options
  expect(chunks.semi_autoregressive).toEqual({ chunk_size: 4, passes: 2 })
  expect(parse('--chunk-size', '3').options.semi_autoregressive).toEqual({ chunk_size: 3 })
  const plain = parse()
  expect([plain.options.speculative, plain.options.semi_autoregressive]).toEqual([
    undefined,
    undefined,
  ])
  expect([plain.draft, plain.fill, parse('--fill', '12').fill]).toEqual([undefined, undefined, 12])
  const masked = parse('--fill', '5', '--masked', 'some/folder', '--passes', '3')
  expect([masked.fill, masked.masked, masked.passes]).toEqual([5, 'some/folder', 3])
})

test('what the answer looks like', () => {
  const folder = mkdtempSync(join(tmpdir(), 'edgewise-'))
  const file = join(folder, 'given')
  writeFileSync(file, 'what is in the file')
  const structure = (...args: string[]) => parse(...args).options.structured_outputs
  expect(structure('--json-schema', file)).toEqual({
    json: 'what is in the file',
    at: '--json-schema',
  })
  expect(structure('--grammar', file)).toEqual({ grammar: 'what is in the file', at: '--grammar' })
  expect(structure('--regex', 'a+')).toEqual({ regex: 'a+', at: '--regex' })
  expect(structure('--choice', 'a', '--choice', 'b')).toEqual({
    choice: ['a', 'b'],
    at: '--choice',
  })
  expect(structure('--json-object')).toEqual({ json_object: true, at: '--json-object' })
  expect(structure()).toBeUndefined()
  rmSync(folder, { recursive: true })
})

test.each<[string[], RegExp]>([
  [['--json-schema', 'no/such/file'], /--json-schema takes a file, and "no\/such\/file"/],
  [['--regex', 'a', '--json-object'], /--json-object and --regex both say/],
  [['--temperature', 'hot'], /--temperature takes a number, not "hot"/],
  [['--temperature', '3'], /^--temperature: /],
  [['--suppress-tokens', '1,,2'], /--suppress-tokens takes a number/],
  [['--suppress-tokens', '1,-2'], /^--suppress-tokens: /],
  [['--logit-bias', '5'], /--logit-bias takes ID=BIAS/],
  [['--logit-bias', 'x=1'], /^--logit-bias: must be an object with token ids/],
  [['--logit-bias', '5=1000'], /^--logit-bias: /],
  [['--num-beams', '0'], /^--num-beams: /],
  [['--early-stopping', 'soon'], /^--early-stopping: must be true, false or "never"/],
  [['--mirostat', '1'], /^--mirostat: /],
  [['--speculative', 'oracle'], /^--speculative: /],
  [['--num-draft-tokens', '4'], /^--speculative: /],
  [['--speculative', 'ngram', '--num-draft-tokens', '17'], /^--num-draft-tokens: /],
  [['--speculative', 'ngram', '--num-draft-tokens', 'x'], /--num-draft-tokens takes a number/],
  [['--speculative', 'tree', '--tree-widths', '2,0'], /^--tree-widths: /],
  [['--speculative', 'ngram', '--acceptance-threshold', '2'], /^--acceptance-threshold: /],
  [['--chunk-size', '9'], /^--chunk-size: /],
  [['--chunk-passes', '2'], /^--chunk-size: /],
  [['--fill', 'all'], /--fill takes a number/],
  [['--exponential-decay-length-penalty', '5'], /^--exponential-decay-length-penalty: /],
  [['--unknown'], /--unknown/],
  [['--runtime', 'abacus'], /no runtime "abacus"/],
])('%j is refused', (args, message) => {
  expect(() => parse(...args)).toThrow(message)
})
