import { topTokens } from '../../analysis/next-token.ts'
import type { TokenProbability } from '../../events.ts'
import type { KVCache, LanguageModel } from '../../language-model.ts'
import { argmax, type Logits, logSumExp } from '../../logits/index.ts'
import { log } from '../../numerics/exp-log.ts'
import { DraftText } from './draft-model.ts'
import type { DraftRules } from './drafter.ts'
import type { MultiTokenModel } from './mtp.ts'
import { longestMatch } from './ngram.ts'
import type { Branch, TreeSource } from './tree.ts'

/** What followed the longest run of last tokens that occurred before; the oftener, the likelier. */
export class NgramSource implements TreeSource {
  private tokens: readonly number[] = []

  async begin(tokens: readonly number[]): Promise<boolean> {
    this.tokens = tokens
    return true
  }

  async children(branches: readonly Branch[], width: number): Promise<TokenProbability[][]> {
    return branches.map(({ path }) => this.followers(path).slice(0, width))
  }

  dispose(): void {}

  private followers(path: readonly number[]): TokenProbability[] {
    const { places } = longestMatch(this.tokens, [...this.tokens, ...path])
    const counts = new Map<number, number>()
    for (const place of places) {
      const next = this.tokens[place]!
      counts.set(next, (counts.get(next) ?? 0) + 1)
    }
    return [...counts]
      .map(([id, count]) => ({ id, logprob: log(count / places.length) }))
      .sort((a, b) => b.logprob - a.logprob)
  }
}

/** What a draft model finds likely. Each branch is a fork of its cache, and all grow in one pass. */
export class ModelSource implements TreeSource {
  private readonly text: DraftText
  private readonly rules: DraftRules
  private tokens: readonly number[] = []
  private root: Float32Array | null = null
  private caches = new Map<number, KVCache>()

  constructor(model: LanguageModel, rules: DraftRules) {
    this.text = new DraftText(model, rules.signal)
    this.rules = rules
  }

  async begin(tokens: readonly number[], depth: number): Promise<boolean> {
    this.tokens = tokens
    this.free(this.caches)
    this.root = await this.text.read(tokens, depth)
    return this.root !== null
  }

  async children(branches: readonly Branch[], width: number): Promise<TokenProbability[][]> {
    const rows = branches[0]?.node === -1 ? [this.root!] : await this.grow(branches)
    return rows.map((row, b) =>
      likeliest(row, [...this.tokens, ...branches[b]!.path], width, this.rules),
    )
  }

  dispose(): void {
    this.free(this.caches)
    this.text.dispose()
  }

  private async grow(branches: readonly Branch[]): Promise<Float32Array[]> {
    const grown = new Map<number, KVCache>()
    const parents = this.caches
    try {
      const steps = branches.map(({ node, path, parent }) => {
        const cache = (parents.get(parent) ?? this.text.cache).fork()
        grown.set(node, cache)
        return { cache, tokens: [path.at(-1)!] }
      })
      const rows = await this.text.model.forward(steps)
      return rows.map(([row]) => row!)
    } finally {
      this.caches = grown
      this.free(parents)
    }
  }

  private free(caches: Map<number, KVCache>): void {
    for (const cache of caches.values()) cache.dispose()
    caches.clear()
  }
}

/** What the model's own heads find likely: the same children for all nodes of a depth. */
export class HeadsSource implements TreeSource {
  private readonly model: MultiTokenModel
  private readonly rules: DraftRules
  private tokens: readonly number[] = []
  private rows: Float32Array[] = []

  constructor(model: MultiTokenModel, rules: DraftRules) {
    this.model = model
    this.rules = rules
  }

  async begin(tokens: readonly number[], _: number, cache: KVCache): Promise<boolean> {
    this.tokens = tokens
    this.rows = await this.model.headLogits(cache)
    return true
  }

  async children(branches: readonly Branch[], width: number): Promise<TokenProbability[][]> {
    return branches.map(({ path }) => {
      const row = this.rows[path.length]?.slice()
      return row ? likeliest(row, [...this.tokens, ...path], width, this.rules) : []
    })
  }

  dispose(): void {}
}

/** @param logits  changed in place by the processors */
function likeliest(
  logits: Logits,
  tokens: readonly number[],
  width: number,
  rules: DraftRules,
): TokenProbability[] {
  rules.process(logits, tokens)
  if (!(logits[argmax(logits)]! > Number.NEGATIVE_INFINITY)) return []
  return topTokens(logits, logSumExp(logits), width)
}
