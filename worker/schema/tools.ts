import * as v from 'valibot'
import type { Tool, ToolCallOptions } from '../../decoder/index.ts'
import { invalid } from '../http/api-error.ts'

const MAX_TOOLS = 128

const toolName = v.pipe(
  v.string(),
  v.regex(/^[A-Za-z0-9_.-]{1,64}$/, 'must be 1 to 64 letters, digits or any of "_", "-" and "."'),
)

const tool = v.object({
  type: v.literal('function'),
  function: v.object({
    name: toolName,
    description: v.nullish(v.string()),
    /** Left out, there are no arguments. */
    parameters: v.nullish(v.record(v.string(), v.unknown())),
    /** Arguments are always held to the schema. */
    strict: v.nullish(v.boolean()),
  }),
})

const toolChoice = v.union([
  v.picklist(['none', 'auto', 'required']),
  v.object({ type: v.literal('function'), function: v.object({ name: v.string() }) }),
])

/** Functions that the answer may, or must, call. */
export const toolFields = {
  tools: v.nullish(v.pipe(v.array(tool), v.maxLength(MAX_TOOLS)), []),
  tool_choice: v.nullish(toolChoice, 'auto'),
  parallel_tool_calls: v.nullish(v.boolean(), true),
}

const fields = v.object(toolFields)

export interface OfferedTools {
  /** Those that the prompt describes. */
  tools: Tool[]
  /** How the answer may call them; null if it may not. */
  calls: ToolCallOptions | null
}

/** @throws {ApiError} 400 naming the field at fault */
export function toolsOf(request: v.InferOutput<typeof fields>): OfferedTools {
  const { tool_choice, parallel_tool_calls } = request
  const all = request.tools.map(({ function: { name, description, parameters } }, i) => ({
    name,
    description,
    parameters: parameters ?? { type: 'object', properties: {}, additionalProperties: false },
    at: `tools[${i}].function.parameters`,
  }))
  for (const [i, { name }] of all.entries()) {
    if (all.findIndex((other) => other.name === name) === i) continue
    throw invalid(`tools[${i}] has the name of another tool.`, `tools[${i}].function.name`)
  }
  const named = typeof tool_choice === 'object' ? tool_choice.function.name : null
  const offered = all.filter(({ name }) => named === null || name === named)
  if (named !== null && offered.length === 0) {
    throw invalid(`There is no tool ${JSON.stringify(named)}.`, 'tool_choice.function.name')
  }
  const required = named !== null || tool_choice === 'required'
  if (required && offered.length === 0) throw invalid('tool_choice needs tools.', 'tool_choice')
  if (tool_choice === 'none' || offered.length === 0) return { tools: [], calls: null }
  const callable = offered.map(({ name, parameters, at }) => ({ name, parameters, at }))
  // Who names a function wants one call of it.
  const parallel = parallel_tool_calls && named === null
  return { tools: offered, calls: { tools: callable, required, parallel } }
}
