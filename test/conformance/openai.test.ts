import OpenAI, {
  APIConnectionError,
  APIError,
  APIUserAbortError,
  BadRequestError,
  InternalServerError,
  NotFoundError,
} from 'openai'
import { describe, expect, inject, test } from 'vitest'

/** OpenAI's own client, as its users set it up. */
const connect = (url: string, more: object = {}) =>
  new OpenAI({ baseURL: new URL('/v1', url).href, apiKey: 'none', ...more })

const toy = connect(inject('toyUrl'))
const user = (content: string) => [{ role: 'user' as const, content }]

describe.each([
  ['toy', inject('toyUrl')],
  ['embedded model', inject('edgeUrl')],
])('openai client, %s', (_, url) => {
  const client = connect(url)
  const question = { messages: user('Hello! say:Hello there|'), temperature: 0, max_tokens: 20 }

  test('models', async () => {
    const models = []
    for await (const model of client.models.list()) models.push(model)
    expect(models).toHaveLength(1)
    expect(await client.models.retrieve(models[0]!.id)).toEqual(models[0])
  })

  test('chat, whole and streamed, say the same', async () => {
    const model = (await client.models.list()).data[0]!.id
    const whole = await client.chat.completions.create({ model, ...question })
    expect(whole._request_id).toMatch(/^req_/)
    expect(whole.choices[0]!.message.content).not.toBe('')

    const stream = await client.chat.completions.create({
      model,
      ...question,
      stream: true,
      stream_options: { include_usage: true },
    })
    let text = ''
    let usage: OpenAI.CompletionUsage | null | undefined
    for await (const chunk of stream) {
      text += chunk.choices[0]?.delta.content ?? ''
      usage = chunk.usage
    }
    expect(text).toBe(whole.choices[0]!.message.content)
    expect(usage?.total_tokens).toBe(whole.usage!.total_tokens)

    // The helper insists on a finish_reason for each choice.
    const helper = client.chat.completions.stream({ model, ...question })
    expect(await helper.finalContent()).toBe(text)
    expect((await helper.finalChatCompletion()).choices[0]!.finish_reason).toBe(
      whole.choices[0]!.finish_reason,
    )
  })

  test('completions, whole and streamed, say the same', async () => {
    const model = (await client.models.list()).data[0]!.id
    const body = { model, prompt: 'Once upon a time say:once|', temperature: 0, max_tokens: 12 }
    const whole = await client.completions.create(body)
    let text = ''
    for await (const chunk of await client.completions.create({ ...body, stream: true })) {
      text += chunk.choices[0]?.text ?? ''
    }
    expect(text).toBe(whole.choices[0]!.text)
  })
})

describe('openai client, errors', () => {
  test('each of its class, with code, field and request id', async () => {
    const bad = await toy.chat.completions
      .create({ model: 'toy', messages: user('x'), temperature: 3 })
      .catch((error: unknown) => error)
    expect(bad).toBeInstanceOf(BadRequestError)
    expect(bad).toMatchObject({
      param: 'temperature',
      code: 'invalid_value',
      requestID: expect.stringMatching(/^req_/),
    })

    const unknown = await toy.chat.completions
      .create({ model: 'gpt-5', messages: user('x') })
      .catch((error: unknown) => error)
    expect(unknown).toBeInstanceOf(NotFoundError)
    expect(unknown).toMatchObject({ code: 'model_not_found' })

    const long = await toy.completions
      .create({ model: 'toy', prompt: Array(5000).fill(50) })
      .catch((error: unknown) => error)
    expect(long).toMatchObject({ status: 400, code: 'context_length_exceeded' })
  })

  test('a failure before the first token is tried again, as often as the client likes', async () => {
    let calls = 0
    const client = connect(inject('toyUrl'), {
      maxRetries: 2,
      fetch: (...request: Parameters<typeof fetch>) => {
        calls++
        return fetch(...request)
      },
    })
    const failed = await client.chat.completions
      .create({ model: 'toy', messages: user('fail:|') })
      .catch((error: unknown) => error)
    expect(failed).toBeInstanceOf(InternalServerError)
    expect(calls).toBe(3)
  })

  // waybarrios/vllm-mlx#302
  test('a failure in the middle of a stream is thrown', async () => {
    const read = async () => {
      let text = ''
      const stream = await toy.chat.completions.create({
        model: 'toy',
        messages: user('fail:abc|'),
        temperature: 0,
        stream: true,
      })
      try {
        for await (const chunk of stream) text += chunk.choices[0]?.delta.content ?? ''
      } catch (error) {
        return { text, error }
      }
      return { text, error: null }
    }
    const { text, error } = await read()
    expect(text).toBe('abc')
    expect(error).toBeInstanceOf(APIError)
    expect(error).toMatchObject({ code: 'internal_error' })
    await expect(
      toy.chat.completions
        .stream({ model: 'toy', messages: user('fail:abc|'), temperature: 0 })
        .finalContent(),
    ).rejects.toThrow()
  })

  test('an answer that breaks after a while is no answer', async () => {
    // Its first heartbeat is out by then, so all that is left is to break off.
    const script = `fail:${'x'.repeat(400)}|`
    const client = connect(inject('toyUrl'), { maxRetries: 0 })
    const broken = await client.chat.completions
      .create({ model: 'toy', messages: user(script), temperature: 0, n: 8 })
      .catch((error: unknown) => error)
    expect(
      broken instanceof InternalServerError ||
        broken instanceof APIConnectionError ||
        broken instanceof TypeError,
    ).toBe(true)
  })

  test('abort', async () => {
    const stream = await toy.chat.completions.create({
      model: 'toy',
      messages: user('slow:ab|'),
      stream: true,
    })
    let chunks = 0
    for await (const _ of stream) if (++chunks === 3) stream.controller.abort()
    expect(chunks).toBeLessThan(10)

    const leave = new AbortController()
    const answer = toy.chat.completions.create(
      { model: 'toy', messages: user('slow:ab|') },
      { signal: leave.signal },
    )
    setTimeout(() => leave.abort(), 50)
    await expect(answer).rejects.toBeInstanceOf(APIUserAbortError)
  })
})
