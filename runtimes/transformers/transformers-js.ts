import type { OnnxRuntime, Session } from './onnx-runtime.ts'
import { graphNames } from './weights.ts'

type SessionOptions = Parameters<OnnxRuntime['InferenceSession']['create']>[1]

/** How one load makes its session; travels through transformers.js inside the session's options. */
interface LoadHook {
  /** @param graph  path of its file */
  createSession(graph: string, options: SessionOptions): Promise<Session>
}

/** What transformers.js takes for a session: it never rejects, as that would break all later loads of the page. */
type Outcome = { session: Session } | { error: unknown }

export interface LoadRequest {
  runtime: OnnxRuntime
  /** Files of the model by name, already fetched and checked. */
  files: ReadonlyMap<string, Uint8Array>
  /** `config.json`. */
  config: Record<string, unknown>
  /** As transformers.js names it: `q8`, `fp32`, … */
  dtype: string
  sessionOptions: SessionOptions
}

/**
 * Loads a model with transformers.js: it picks the architecture's class, the graphs' files and their external data,
 * and knows which outputs are cache. Files come from memory, never from its own network or storage code.
 *
 * @returns sessions by the names of `graphNames`
 */
export async function loadSessions(request: LoadRequest): Promise<Map<string, Session>> {
  const { AutoModelForCausalLM, AutoModelForSeq2SeqLM, PretrainedConfig } =
    await importTransformers()
  const { runtime, files, dtype, sessionOptions } = request
  const id = `load-${++loads}`
  shelf.set(id, files)
  const hook: LoadHook = {
    createSession: async (graph, options) => {
      const name = [...files.keys()].find((file) => graph.endsWith(`/${file}`))
      if (name === undefined) throw new Error(`There is no file ${graph}`)
      const externalData = [...files]
        .filter(([file]) => file.startsWith(`${name}_data`))
        .map(([file, data]) => ({ path: file.slice(file.lastIndexOf('/') + 1), data }))
      return runtime.InferenceSession.create(files.get(name)!, {
        ...options,
        ...sessionOptions,
        ...(externalData.length > 0 && { externalData }),
      })
    },
  }
  try {
    const names = graphNames(request.config)
    const Model = names.length > 1 ? AutoModelForSeq2SeqLM : AutoModelForCausalLM
    const model = await Model.from_pretrained(id, {
      config: new PretrainedConfig(request.config),
      // The providers are those of `sessionOptions`; this keeps transformers.js from looking for its own.
      device: 'auto',
      dtype: dtype as 'q8',
      session_options: { ...hook, executionProviders: ['wasm'] } as SessionOptions,
    })
    return await sessionsOf(model.sessions as unknown as Record<string, Outcome>, names)
  } finally {
    shelf.delete(id)
  }
}

/** All sessions or, if one failed, none. transformers.js calls whichever comes first `model`. */
async function sessionsOf(
  outcomes: Record<string, Outcome>,
  names: readonly string[],
): Promise<Map<string, Session>> {
  const sessions = new Map<string, Session>()
  let failure: { error: unknown } | null = null
  for (const [index, name] of names.entries()) {
    const outcome = outcomes[index === 0 ? 'model' : name]!
    if ('error' in outcome) failure = outcome
    else sessions.set(name, outcome.session)
  }
  if (!failure) return sessions
  for (const session of sessions.values()) await session.release()
  throw failure.error
}

const shelf = new Map<string, ReadonlyMap<string, Uint8Array>>()
let loads = 0

/** Answers transformers.js's requests for files: `https://models.invalid/load-1/onnx/model.onnx`. */
const HOST = 'https://models.invalid/'
const cache = {
  match: async (key: string) => {
    const [, id = '', name = ''] = /^https:\/\/models\.invalid\/([^/]+)\/(.+)$/.exec(key) ?? []
    const bytes = shelf.get(id)?.get(name)
    // A graph's bytes go to the session directly; as a string, its file counts as being on a disk.
    return bytes && (name.includes('.onnx') ? key : new Response(bytes as Uint8Array<ArrayBuffer>))
  },
  put: async () => {},
}

/**
 * Imported when first needed: it draws random numbers as it starts, which an edge worker may only do in a request,
 * and it must find the hook through which it takes its runtime.
 */
async function importTransformers() {
  const hooked = globalThis as { [ORT]?: unknown }
  hooked[ORT] ??= {
    InferenceSession: {
      create: async (graph: unknown, { createSession, ...options }: LoadHook & SessionOptions) => {
        try {
          return { session: await createSession(String(graph), options) } satisfies Outcome
        } catch (error) {
          return { error } satisfies Outcome
        }
      },
    },
    env: {},
  }
  const transformers = await import('@huggingface/transformers')
  const { env, LogLevel } = transformers
  env.logLevel = LogLevel.NONE
  env.allowLocalModels = false
  env.remoteHost = HOST
  env.remotePathTemplate = '{model}/'
  env.useCustomCache = true
  env.customCache = cache
  env.fetch = async () => new Response(null, { status: 404 })
  return transformers
}

/** Where transformers.js looks for a runtime that its host provides. */
const ORT = Symbol.for('onnxruntime')
