import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import {
  buildAutomaton,
  ConstraintWalk,
  structuredGrammar,
  TokenConstraint,
} from '../decoder/constraints/index.ts'
import type { Tokenizer } from '../decoder/index.ts'
import { DEFAULT_MODEL_FOLDER } from '../scripts/lib/paths.ts'
import { hasXGrammar, importXGrammar } from './engines/xgrammar.ts'
import { loadOurs } from './lib/contestants.ts'
import { compete, type Result } from './lib/measure.ts'

const XGRAMMAR = 'xgrammar'

const SCHEMA = {
  type: 'object',
  properties: {
    name: { type: 'string' },
    age: { type: 'integer', minimum: 0, maximum: 150 },
    tags: { type: 'array', items: { type: 'string' }, maxItems: 5 },
    kind: { enum: ['reader', 'writer', 'both'] },
  },
  required: ['name', 'age', 'tags', 'kind'],
  additionalProperties: false,
}
const TEXT =
  '{"name": "Ada King, Countess of Lovelace", "age": 36, "tags": ["first programmer", "poet\'s daughter"], "kind": "writer"}'

/**
 * What holding an answer to a JSON schema costs: which of the vocabulary’s tokens may come, for each token of a text. Ours
 * also applies the mask to the logits; the peer only finds it.
 */
export async function benchConstraints(): Promise<Result[]> {
  if (!hasXGrammar()) return []
  const { tokenizer, model } = await loadOurs()
  const { vocabSize, eosIds } = model.config
  const ids = tokenizer.encode(TEXT)
  const peer = await peerFor(tokenizer, vocabSize, [...eosIds])
  const automaton = () => buildAutomaton(structuredGrammar({ json: SCHEMA }), 'json')

  const constraint = new TokenConstraint(automaton(), tokenizer)
  const oursMasks = (held: TokenConstraint) => {
    const walk = new ConstraintWalk(held)
    const logits = new Float32Array(vocabSize)
    const counts: number[] = []
    for (let n = 0; n <= ids.length; n++) {
      logits.fill(0)
      walk.restrict(logits, ids.slice(0, n), 0, eosIds)
      counts.push(n < ids.length ? logits[ids[n]!]! : logits[eosIds[0]!]!)
    }
    if (counts.some((logit) => logit !== 0)) throw new Error('The text was ruled out')
  }

  const known = await compete({
    name: 'mask of a token under a JSON schema, default vocabulary, schema known',
    unit: 'ms',
    ours: async () => timed(() => oursMasks(constraint), ids.length),
    peers: { [XGRAMMAR]: () => timed(() => peer.masks(peer.compiled, ids), ids.length) },
  })
  const fresh = await compete({
    name: 'a new JSON schema, and the masks of a whole text',
    unit: 'ms',
    ours: async () => timed(() => oursMasks(new TokenConstraint(automaton(), tokenizer)), 1),
    peers: { [XGRAMMAR]: () => timed(async () => peer.masks(await peer.compile(), ids), 1) },
  })
  return [...known, ...fresh]
}

async function timed(work: () => unknown, tokens: number): Promise<number> {
  const start = performance.now()
  await work()
  return (performance.now() - start) / tokens
}

async function peerFor(tokenizer: Tokenizer, size: number, stopIds: number[]) {
  const { TokenizerInfo, GrammarCompiler, GrammarMatcher } = importXGrammar()
  const info = await TokenizerInfo.createTokenizerInfo(
    spellings(size),
    'byte_level',
    false,
    size,
    stopIds,
  )
  const compiler = await GrammarCompiler.createGrammarCompiler(info, false)
  const compile = () => compiler.compileJSONSchema(JSON.stringify(SCHEMA), true)
  const masks = async (compiled: object, ids: readonly number[]) => {
    const matcher = await GrammarMatcher.createGrammarMatcher(compiled)
    for (const id of ids) {
      await matcher.getNextTokenBitmask()
      if (!matcher.acceptToken(id))
        throw new Error(`xgrammar refuses token ${id} of ${tokenizer.vocabSize}`)
    }
    await matcher.getNextTokenBitmask()
    matcher.dispose()
  }
  return { compile, masks, compiled: await compile() }
}

/** The default vocabulary's tokens as its file spells them. */
function spellings(size: number): string[] {
  const json = JSON.parse(readFileSync(join(DEFAULT_MODEL_FOLDER, 'tokenizer.json'), 'utf8'))
  const tokens = new Array<string>(size).fill('')
  for (const [token, id] of Object.entries<number>(json.model.vocab)) tokens[id] = token
  for (const { id, content } of json.added_tokens) tokens[id] = content
  return tokens
}
