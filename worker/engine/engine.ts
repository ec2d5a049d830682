import type { ExecutionContext } from 'hono'
import { TextGenerator } from '../../decoder/index.ts'
import type { LoadedModel } from '../../runtimes/loaded-model.ts'
import type { Env } from '../env.ts'
import { IDLE_READER_MS } from '../http/pulled-stream.ts'
import { Admission } from './admission.ts'
import { ColdLoad } from './cold-load.ts'

/**
 * Most bytes of keys and values that are kept between requests. At most a quarter of what there is, so that three
 * quarters are for answers that are being made.
 */
const MAX_CONTEXT_BYTES = 16 * 2 ** 20

/** Generations at once: where nothing is known of memory, and the most where there is enough. */
const SLOTS = { least: 4, most: 16 }

/** How an engine comes by its model, and by a draft model if there is to be one. */
export type ModelLoader = (env: Env) => Promise<LoadedModel & { draft?: LoadedModel | null }>

/** A model that answers. */
export interface ServedModel {
  readonly loaded: LoadedModel
  readonly generator: TextGenerator
  /** When it was loaded, in seconds since 1970. */
  readonly created: number
}

/** The isolate's one model and the queue in front of it. */
export class Engine {
  readonly admission = new Admission({
    slots: SLOTS.least,
    queue: 32,
    patienceMs: 60_000,
    leaseMs: IDLE_READER_MS + 5_000,
  })
  readonly #cold = new ColdLoad<ServedModel>()
  readonly #loader: ModelLoader

  constructor(loader: ModelLoader) {
    this.#loader = loader
  }

  get state() {
    return this.#cold.state
  }

  /** The model; the first call of an isolate loads it. */
  model(
    env: Env,
    context: Pick<ExecutionContext, 'waitUntil'>,
    signal?: AbortSignal,
  ): Promise<ServedModel> {
    const load = async () => {
      const loaded = await this.#loader(env)
      const { model, tokenizer, chatTemplate, lookup, freeMemory, draft } = loaded
      this.admission.resize(slotsFor(loaded))
      const generator = new TextGenerator({
        ...{ model, tokenizer, chatTemplate, lookup, draft },
        contextBytes: Math.min(MAX_CONTEXT_BYTES, (freeMemory ?? Infinity) / 4),
      })
      return { loaded, generator, created: Math.floor(Date.now() / 1000) }
    }
    return this.#cold.get(load, (work) => context.waitUntil(work), signal)
  }
}

/** As many as find room, filling the whole context, in what the kept contexts leave. */
function slotsFor({ freeMemory, sequenceBytes }: LoadedModel): number {
  if (freeMemory === null || sequenceBytes === null) return SLOTS.least
  const fitting = Math.floor((freeMemory * 3) / 4 / sequenceBytes)
  return Math.max(SLOTS.least, Math.min(SLOTS.most, fitting))
}
