/// <reference lib="dom" />
import { describe, expect, test } from 'vitest'
import { hasChromium } from '../support/browser.ts'
import { onCustomersPage } from '../support/customers-page.ts'
import { eventually } from '../support/eventually.ts'
import { chunk, DONE, refuse, SSE, say, sayBytes } from '../support/servers.ts'

describe.skipIf(!hasChromium)('the widget: streams as the field sends them', () => {
  const on = onCustomersPage()

  const text = 'Naïve café 👩‍👩‍👧 文字, “open” at 10.'
  const stream = `: hello\n\n${[...text].map((char) => chunk(char)).join('')}${DONE}`

  // lobehub#18640, praxis#739
  test.each([
    ['1 byte at a time', stream, 1],
    ['7 bytes at a time', stream, 7],
    ['13 bytes, CRLF', stream.replaceAll('\n', '\r\n'), 13],
    ['no space after the colon', stream.replaceAll('data: ', 'data:'), 7],
    ['comments between', stream.replaceAll('\n\n', '\n\n: keep\n\n'), 64],
  ])('%s', async (_, bytes, size) => {
    const widget = await on.visit()
    await widget.open()
    on.edge.answer = sayBytes(bytes, size)
    await widget.ask('hello')
    await on.answered(text)
  })

  // vllm-mlx#302, OpenFlowLM-Next#64
  test.each<[string, string]>([
    ['just ends', ''],
    [
      'carries an error',
      'data: {"error":{"message":"engine fault","type":"server_error","param":null,"code":null}}\n\n',
    ],
    ['turns into a bare body', '{"error":"boom"}'],
    ['has a broken event', 'data: {"choices":[{"del\n\n'],
  ])('a stream that %s is a failed turn with its text kept', async (_, ending) => {
    const widget = await on.visit()
    await widget.open()
    on.edge.answer = sayBytes(chunk('The shop ') + chunk('is') + ending, 1000)
    await widget.ask('hello')
    await on.page.getByText('The answer broke off.').first().waitFor()
    expect(await widget.answers.last().textContent()).toBe('The shop is')
    on.edge.answer = say('Whole.')
    await widget.retry.click()
    await on.answered('Whole.')
  })

  test('an answer in one piece, from a proxy that can’t stream', async () => {
    const widget = await on.visit()
    await widget.open()
    on.edge.answer = (response) => {
      const choice = { message: { content: 'Whole.' }, finish_reason: 'stop' }
      response.writeHead(200, { 'content-type': 'application/json' })
      response.end(JSON.stringify({ choices: [choice] }))
    }
    await widget.ask('hello')
    await on.answered('Whole.')
  })

  test('an empty answer is said to be none', async () => {
    const widget = await on.visit()
    await widget.open()
    on.edge.answer = sayBytes(DONE, 1000)
    await widget.ask('hello')
    await on.page.getByText('No answer came.').first().waitFor()
    expect(await widget.answers.allInnerTexts()).toEqual(['Hello! What would you like to know?'])
  })

  test('a busy edge is asked again when it says', async () => {
    const widget = await on.visit()
    await widget.open()
    on.edge.answer = (response, request) => {
      on.edge.answer = say('Now.')
      return refuse(503, 'overloaded', 'full', { 'retry-after': '1' })(response, request)
    }
    await widget.ask('hello')
    await eventually(() => widget.status.textContent()).toBe('Busy, trying again in 1 s')
    await on.answered('Now.')
    expect(on.edge.asked).toHaveLength(2)
  })

  // lmstudio-bug-tracker#2339, textgen#7257
  test('a conversation that is too long loses its oldest turns', async () => {
    const widget = await on.visit()
    await widget.open()
    for (const question of ['one', 'two', 'three']) {
      await widget.ask(question)
      await on.answered('The shop is open.')
      await on.page.waitForTimeout(50)
    }
    const limited = say('Fits.')
    on.edge.answer = (response, request) =>
      request.messages.length > 3
        ? refuse(
            400,
            'context_length_exceeded',
            'maximum context length is 64 tokens',
          )(response, request)
        : limited(response, request)
    await widget.ask('four')
    await on.answered('Fits.')
    expect(on.edge.asked.at(-1)!.messages.map((message) => message.content)).toEqual([
      'three',
      'The shop is open.',
      'four',
    ])
    // What was dropped stays dropped, and stays to be read.
    const before = on.edge.asked.length
    on.edge.answer = say('Again.')
    await widget.ask('five')
    await on.answered('Again.')
    expect(on.edge.asked).toHaveLength(before + 1)
    expect(on.edge.asked.at(-1)!.messages[0]!.content).toBe('three')
    expect(await widget.log.textContent()).toContain('one')
  })

  test('a single message that is too long is said to be so, and comes back', async () => {
    const widget = await on.visit()
    await widget.open()
    on.edge.answer = refuse(400, 'context_length_exceeded', 'maximum context length is 64 tokens')
    await widget.ask('a very long question')
    await on.page.getByText('too long for the model').first().waitFor()
    expect(await widget.input.inputValue()).toBe('a very long question')
  })

  // The stream's own head, so that a reader of this file sees what an edge sends.
  test('text comes as it is made', async () => {
    const widget = await on.visit()
    await widget.open()
    let finish = () => {}
    on.edge.answer = (response) => {
      response.writeHead(200, SSE)
      response.write(chunk('First'))
      finish = () => response.end(chunk(' and last.') + DONE)
    }
    await widget.ask('hello')
    await eventually(() => widget.answers.last().textContent()).toBe('First')
    await widget.stop.waitFor()
    finish()
    await on.answered('First and last.')
  })
})
