/**
 * How calls are written in a text: the tags that Hermes and Qwen models are trained on. Other models are held to them by
 * their constraint, and told by `tool-prompt.ts`.
 *
 *     <tool_call>
 *     {"name": "weather", "arguments": {"city": "Paris"}}
 *     </tool_call>
 */
export const CALL_BEGIN = '<tool_call>'
export const CALL_END = '</tool_call>'

/** What stands before the arguments. @param name  letters, digits and `_ . -` */
export const callHead = (name: string) => `\n{"name": "${name}", "arguments": `
export const CALL_HEAD = /^\n\{"name": "([A-Za-z0-9_.-]+)", "arguments": /
export const CALL_TAIL = `}\n${CALL_END}`

/** @param args  a JSON object as text */
export const callText = (name: string, args: string) =>
  `${CALL_BEGIN}${callHead(name)}${args}${CALL_TAIL}`
