/**
 * Why an engine refused a model, in words for the model's owner. Engines' own messages are for engineers, and may hold
 * paths and stacks.
 */
export function reasonInWords(error: unknown, modelType: unknown): string {
  const message = error instanceof Error ? error.message : String(error)
  if (/Unsupported model type/i.test(message)) {
    return `"${modelType}" is not a decoder that transformers.js knows`
  }
  if (/protobuf|parse|ModelProto|load model/i.test(message)) {
    return 'its ONNX file is damaged, or not an ONNX file'
  }
  if (/memory|alloc|OrtRun|std::bad_alloc|out of bounds/i.test(message)) {
    return 'there is not enough memory for it here'
  }
  if (
    /is not a registered function|not implemented|NOT_IMPLEMENTED|No Op registered/i.test(message)
  ) {
    return 'its graph uses operations that this engine does not have'
  }
  return 'the engine does not take its ONNX file'
}
