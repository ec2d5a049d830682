import { copyFileSync, existsSync, mkdirSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { ROOT } from '../../scripts/lib/paths.ts'

const PACKAGE = join(ROOT, 'bench/node_modules/@mlc-ai/web-xgrammar')
const COPY = join(ROOT, '.cache/bench/xgrammar.cjs')

/** What the benchmark uses of xgrammar's web build, which WebLLM constrains its answers with. */
export interface XGrammar {
  TokenizerInfo: {
    createTokenizerInfo(
      vocabulary: string[],
      kind: 'byte_level',
      prependsSpace: boolean,
      size: number,
      stopIds: number[],
    ): Promise<object>
  }
  GrammarCompiler: {
    createGrammarCompiler(
      info: object,
      cached: boolean,
    ): Promise<{
      compileJSONSchema(schema: string, anyWhitespace: boolean): Promise<object>
    }>
  }
  GrammarMatcher: { createGrammarMatcher(grammar: object): Promise<XMatcher> }
}

export interface XMatcher {
  acceptToken(id: number): boolean
  /** One bit for each token that may come next. */
  getNextTokenBitmask(): Promise<Int32Array>
  dispose(): void
}

export const hasXGrammar = (): boolean => existsSync(PACKAGE)

/** The package says that it is a module, and is none. */
export function importXGrammar(): XGrammar {
  mkdirSync(join(ROOT, '.cache/bench'), { recursive: true })
  copyFileSync(join(PACKAGE, 'lib/index.js'), COPY)
  return createRequire(import.meta.url)(COPY) as XGrammar
}
