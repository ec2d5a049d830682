/**
 * The model's chat template (Jinja source): a file of its own, or in `tokenizer_config.json` as one string or as a
 * list of named ones, of which `default` is for plain chats.
 *
 * @returns undefined if the model was not made for chats
 */
export function findChatTemplate(
  file: string | null,
  config: Record<string, unknown>,
): string | undefined {
  if (file !== null) return file
  const { chat_template: template } = config
  if (typeof template === 'string') return template
  if (!Array.isArray(template)) return undefined
  const named = template.find((entry) => entry?.name === 'default') ?? template[0]
  return typeof named?.template === 'string' ? named.template : undefined
}
