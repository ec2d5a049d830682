import * as v from 'valibot'
import { type StructuredOutputs, structuredOutputs } from '../../decoder/index.ts'
import { invalid } from '../http/api-error.ts'

const { at: _, ...outputs } = structuredOutputs.entries

const responseFormat = v.variant('type', [
  v.strictObject({ type: v.literal('text') }),
  v.strictObject({ type: v.literal('json_object') }),
  v.strictObject({
    type: v.literal('json_schema'),
    json_schema: v.strictObject({
      name: v.nullish(v.string()),
      description: v.nullish(v.string()),
      /** Left out, any object will do. */
      schema: v.nullish(v.record(v.string(), v.unknown())),
      /** Answers are always held to the schema. */
      strict: v.nullish(v.boolean()),
    }),
  }),
])

/** What the text must look like: OpenAI's field, vLLM's, those that it had before, and llama.cpp's. */
export const structuredFields = {
  response_format: v.nullish(responseFormat),
  structured_outputs: v.nullish(v.strictObject(outputs)),
  guided_json: outputs.json,
  guided_regex: outputs.regex,
  guided_choice: outputs.choice,
  guided_grammar: outputs.grammar,
  json_schema: outputs.json,
  grammar: outputs.grammar,
}

const fields = v.object(structuredFields)

/** The decoder's option for these fields; null if the text is free. @throws {ApiError} 400 if there are several */
export function structuredOutputsOf(
  request: v.InferOutput<typeof fields>,
): StructuredOutputs | null {
  const given = [
    ofFormat(request.response_format),
    request.structured_outputs && { ...request.structured_outputs, at: null },
    request.guided_json != null && { json: request.guided_json, at: 'guided_json' },
    request.guided_regex != null && { regex: request.guided_regex, at: 'guided_regex' },
    request.guided_choice != null && { choice: request.guided_choice, at: 'guided_choice' },
    request.guided_grammar != null && { grammar: request.guided_grammar, at: 'guided_grammar' },
    request.json_schema != null && { json: request.json_schema, at: 'json_schema' },
    request.grammar != null && { grammar: request.grammar, at: 'grammar' },
  ].filter((one): one is StructuredOutputs => Boolean(one))
  if (given.length < 2) return given[0] ?? null
  const [first, second] = given.map(({ at }) => at?.split('.')[0] ?? 'structured_outputs')
  throw invalid(`${first} and ${second} both say what the answer looks like: give one.`, second)
}

function ofFormat(
  format: v.InferOutput<typeof responseFormat> | null | undefined,
): StructuredOutputs | null {
  if (!format || format.type === 'text') return null
  const schema = format.type === 'json_schema' ? format.json_schema.schema : null
  if (schema == null) return { json_object: true, at: 'response_format' }
  return { json: schema, at: 'response_format.json_schema.schema' }
}
