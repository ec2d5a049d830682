/**
 * Retrieval inside the model: of a long system message, each question gets only what it needs.
 *
 * system message → introduction and units → a direction for each unit and for each question, out of the model's own
 * states → the introduction with the nearest units.
 */

export { canEmbed, type EmbeddingModel } from './embedding-model.ts'
export { Lookup, type LookupOptions } from './lookup.ts'
export { LookupSpace, type LookupWeights } from './lookup-space.ts'
export { partSystemMessage, type SystemParts } from './system-parts.ts'
