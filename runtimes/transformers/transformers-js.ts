import type { OnnxRuntime, Session } from './onnx-runtime.ts'

type SessionOptions = Parameters<OnnxRuntime['InferenceSession']['create']>[1]

/** How one load makes its session; travels through transformers.js inside the session's options. */
interface LoadHook {
  createSession(options: SessionOptions): Promise<Session>
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
 * Loads a decoder with transformers.js: it picks the architecture's class, the graph's file and its external data,
 * and knows which outputs are cache. Files come from memory, never from its own network or storage code.
 */
export async function loadSession(request: LoadRequest): Promise<Session> {
  const { AutoModelForCausalLM, PretrainedConfig } = await importTransformers()
  const { runtime, files, dtype, sessionOptions } = request
  const id = `load-${++loads}`
  shelf.set(id, files)
  const hook: LoadHook = {
    createSession: (options) => {
      const name = [...files.keys()].find((file) => file.endsWith('.onnx'))!
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
    const model = await AutoModelForCausalLM.from_pretrained(id, {
      config: new PretrainedConfig(request.config),
      // The providers are those of `sessionOptions`; this keeps transformers.js from looking for its own.
      device: 'auto',
      dtype: dtype as 'q8',
      session_options: { ...hook, executionProviders: ['wasm'] } as SessionOptions,
    })
    const outcome = model.sessions.model as unknown as Outcome
    if ('error' in outcome) throw outcome.error
    return outcome.session
  } finally {
    shelf.delete(id)
  }
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
      create: async (_graph: unknown, { createSession, ...options }: LoadHook & SessionOptions) => {
        try {
          return { session: await createSession(options) } satisfies Outcome
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
