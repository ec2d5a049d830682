/**
 * Retrieval before decoding: of a long system message, each question gets only what it needs.
 *
 * system message → introduction and units → a direction for each unit and for each question, out of their words →
 * the introduction with the nearest unit, and of a list the item that is asked for → of several that are about as near, the
 * one that the model is the likeliest to answer.
 */

export { likeliest } from './likeliest.ts'
export { Lookup } from './lookup.ts'
export { partSystemMessage, type SystemParts } from './system-parts.ts'
export { type LookupWeights, type Side, WordVectors } from './word-vectors.ts'
