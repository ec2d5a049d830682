/** Calls of functions: how a chat with tools becomes a prompt, which answers call them, and how calls are read out of one. */

export { withConstraint } from './answer-constraint.ts'
export { type AnswerPart, ToolCallParser } from './tool-call-parser.ts'
export { toolGrammar } from './tool-grammar.ts'
export { type Tool, type ToolCall, type ToolMessage, toolPrompt } from './tool-prompt.ts'
