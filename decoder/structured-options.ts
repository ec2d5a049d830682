import * as v from 'valibot'
import { TokenConstraint } from './constraints/vocabulary/token-constraint.ts'

/** Longest regular expression, grammar or schema as text; what they may cost is limited where they are compiled. */
const MAX_DESCRIPTION = 256 * 1024
const description = v.pipe(v.string(), v.maxLength(MAX_DESCRIPTION))

export const structuredOutputs = v.strictObject({
  /** A JSON schema, as it is or as text. */
  json: v.nullish(v.union([v.record(v.string(), v.unknown()), v.boolean(), description])),
  /** Any JSON object. */
  json_object: v.nullish(v.boolean()),
  /** The whole text matches it; `constraints/notation/pattern.ts` says which notation. */
  regex: v.nullish(description),
  /** The text is one of these. */
  choice: v.nullish(v.pipe(v.array(description), v.minLength(1), v.maxLength(10_000))),
  /** GBNF, or the part of Lark's notation that says the same. */
  grammar: v.nullish(description),
  /** The field that it came in, for error messages; left out, `structured_outputs`. */
  at: v.nullish(v.string()),
})
export type StructuredOutputs = v.InferOutput<typeof structuredOutputs>

/** What the text must look like, with vLLM's name and parts. */
export const structuredOptions = { structured_outputs: v.nullish(structuredOutputs) }

const MAX_TOOLS = 128

/** A function that the model can ask to be called, with the JSON schema of its arguments. */
const callable = v.strictObject({
  name: v.pipe(v.string(), v.regex(/^[A-Za-z0-9_.-]{1,64}$/)),
  parameters: v.record(v.string(), v.unknown()),
  /** Where the schema came in, for error messages; left out, `tools[i].function.parameters`. */
  at: v.nullish(v.string()),
})

/** Calls that the answer may be made of; `tools/tool-grammar.ts` says how they are written. */
const toolCalls = v.strictObject({
  tools: v.pipe(v.array(callable), v.minLength(1), v.maxLength(MAX_TOOLS)),
  /** Nothing but calls; otherwise text, or calls, or text and then calls. */
  required: v.nullish(v.boolean(), false),
  /** Several calls in one answer. */
  parallel: v.nullish(v.boolean(), true),
})
export type ToolCallOptions = v.InferOutput<typeof toolCalls>

/** What is not asked for by these names over HTTP. */
export const constraintOptions = {
  tool_calls: v.nullish(toolCalls),
  /** What `structured_outputs` and `tool_calls` come to for a vocabulary; `TextGenerator` makes it. */
  constraint: v.nullish(v.instance(TokenConstraint)),
}
