import * as v from 'valibot'
import { issueError } from './issues.ts'
import { type Endpoint, isJudged, refuseUnsupported } from './refused-fields.ts'

// biome-ignore lint/suspicious/noExplicitAny: any object schema will do
type ObjectSchema = v.ObjectSchema<any, undefined>

/** @throws {ApiError} 400 naming the field at fault */
export function parse<Schema extends v.GenericSchema>(
  schema: Schema,
  body: unknown,
): v.InferOutput<Schema> {
  const result = v.safeParse(schema, body, { abortEarly: true })
  if (!result.success) throw issueError(result.issues[0])
  return result.output
}

/**
 * A generation request: what changes its meaning and is not done here is refused; what is unknown and harmless is
 * ignored, and named so that the caller can be told.
 */
export function parseRequest<Schema extends ObjectSchema>(
  schema: Schema,
  body: Record<string, unknown>,
  endpoint: Endpoint,
): { request: v.InferOutput<Schema>; ignored: string[] } {
  refuseUnsupported(body, endpoint)
  const request = parse(schema, body)
  const ignored = Object.keys(body).filter(
    (field) => !Object.hasOwn(schema.entries, field) && !isJudged(field) && body[field] !== null,
  )
  return { request, ignored }
}

/** Field names as a header's value. They are the caller's, so what a header can't hold is escaped or left off. */
export function ignoredParams(fields: readonly string[]): string {
  return fields
    .slice(0, 16)
    .map((field) => encodeURIComponent(field.slice(0, 64).toWellFormed()))
    .join(', ')
}
