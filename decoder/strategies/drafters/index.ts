import type { LanguageModel } from '../../language-model.ts'
import type { SpeculativeOptions } from '../../options.ts'
import { ModelDrafter } from './draft-model.ts'
import type { Drafter, DraftRules } from './drafter.ts'
import { LookaheadDrafter } from './lookahead.ts'
import { HeadsDrafter, hasHeads } from './mtp.ts'
import { NgramDrafter } from './ngram.ts'
import { TreeDrafter } from './tree.ts'
import { HeadsSource, ModelSource, NgramSource } from './tree-sources.ts'

export type { Draft, Drafter, DraftRules, VerifiedPass } from './drafter.ts'
export { hasHeads, type MultiTokenModel } from './mtp.ts'

const WIDTHS = [4, 2, 2, 1]
const BRANCHES = 5
const NODES = 16

/**
 * The drafter that a method asks for. A tree is guessed by the draft model if there is one, else by the model's own
 * heads, else by prompt lookup.
 *
 * @param draft  the draft model, if there is one; `checkSpeculative` has seen that the method has what it needs
 */
export function drafterFor(
  options: SpeculativeOptions,
  model: LanguageModel,
  draft: LanguageModel | null,
  rules: DraftRules,
): Drafter {
  switch (options.method) {
    case 'ngram':
      return new NgramDrafter()
    case 'draft_model':
      return new ModelDrafter(draft!, rules)
    case 'mtp':
      if (!hasHeads(model)) throw new TypeError('The model has no heads')
      return new HeadsDrafter(model, rules)
    case 'lookahead':
      return new LookaheadDrafter()
    case 'tree': {
      const shape = {
        widths: options.widths ?? WIDTHS,
        branches: options.branches ?? BRANCHES,
        nodes: options.nodes ?? NODES,
      }
      const own = hasHeads(model) ? new HeadsSource(model, rules) : new NgramSource()
      return new TreeDrafter(draft ? new ModelSource(draft, rules) : own, shape, rules)
    }
  }
}
