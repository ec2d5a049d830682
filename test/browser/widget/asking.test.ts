/// <reference lib="dom" />
import { describe, expect, test } from 'vitest'
import { hasChromium, pageWith } from '../support/browser.ts'
import { onCustomersPage, SETTINGS } from '../support/customers-page.ts'
import { eventually } from '../support/eventually.ts'
import { say } from '../support/servers.ts'

describe.skipIf(!hasChromium)('the widget: asking', () => {
  const on = onCustomersPage()

  test('question, answer, and what is sent', async () => {
    const widget = await on.visit(pageWith(on.edge.url, { ...SETTINGS, system: 'Be brief.' }))
    await widget.open()
    await widget.ask('are you open?')
    await on.answered('The shop is open.')
    await widget.ask('and on Sunday?')
    await eventually(() => on.edge.asked.length).toBe(2)
    expect(on.edge.asked[1]).toMatchObject({
      model: 'edgewise-chat',
      stream: true,
      temperature: 0,
      messages: [
        { role: 'system', content: 'Be brief.' },
        { role: 'user', content: 'are you open?' },
        { role: 'assistant', content: 'The shop is open.' },
        { role: 'user', content: 'and on Sunday?' },
      ],
    })
  })

  test('a suggestion is asked by a click', async () => {
    const widget = await on.visit(
      pageWith(on.edge.url, { suggestions: 'Gift cards|Reading nights' }),
    )
    await widget.open()
    await on.page.getByRole('button', { name: 'Reading nights' }).click()
    await on.answered('The shop is open.')
    expect(on.edge.asked[0]!.messages).toEqual([{ role: 'user', content: 'Reading nights' }])
  })

  test('Copy and Try again', async () => {
    const widget = await on.visit()
    await widget.open()
    await widget.ask('hello')
    await on.answered('The shop is open.')
    await on.page.getByRole('button', { name: 'Copy' }).click()
    await on.page.getByRole('button', { name: 'Copied' }).waitFor()
    expect(await on.page.evaluate(() => navigator.clipboard.readText())).toBe('The shop is open.')
    on.edge.answer = say('It is.')
    await widget.retry.click()
    await on.answered('It is.')
    // Another answer is wanted, so the second try is not greedy; the first answer is not part of it.
    expect(on.edge.asked[1]!.temperature).toBeGreaterThan(0)
    expect(on.edge.asked[1]!.messages).toEqual([{ role: 'user', content: 'hello' }])
  })

  // open-webui/computer#267, deep-chat#442
  test('stop works each time, and start over leaves nothing', async () => {
    const widget = await on.visit()
    await widget.open()
    on.edge.answer = say('word '.repeat(300), 30)
    for (const question of ['one', 'two']) {
      await widget.ask(question)
      await eventually(() => widget.answers.last().textContent()).toContain('word')
      await widget.stop.click()
      await widget.send.waitFor()
    }
    expect(await on.page.getByText('Stopped').count()).toBe(2)
    await widget.ask('three')
    await eventually(() => widget.answers.last().textContent()).toContain('word')
    await on.page.getByRole('button', { name: 'Start over' }).click()
    await on.page.waitForTimeout(200)
    expect(await widget.answers.allInnerTexts()).toEqual(['Hello! What would you like to know?'])
    on.edge.answer = say('Fresh.')
    await widget.ask('four')
    await on.answered('Fresh.')
    expect(on.edge.asked.at(-1)!.messages).toEqual([{ role: 'user', content: 'four' }])
  })

  // omnigent#433
  test('Enter that ends a composition does not send', async () => {
    const widget = await on.visit()
    await widget.open()
    await widget.input.fill('こんにちは')
    await widget.input.evaluate((box) => {
      const enter = { key: 'Enter', bubbles: true, cancelable: true, composed: true }
      box.dispatchEvent(new CompositionEvent('compositionstart'))
      box.dispatchEvent(new KeyboardEvent('keydown', { ...enter, isComposing: true }))
      box.dispatchEvent(new CompositionEvent('compositionend'))
      box.dispatchEvent(new KeyboardEvent('keydown', { ...enter, keyCode: 229 }))
    })
    await on.page.waitForTimeout(100)
    expect(on.edge.asked).toEqual([])
    await widget.input.press('Enter')
    await on.answered('The shop is open.')
  })

  test('Shift+Enter breaks the line', async () => {
    const widget = await on.visit()
    await widget.open()
    await widget.input.fill('one')
    await widget.input.press('Shift+Enter')
    await widget.input.pressSequentially('two')
    await widget.send.click()
    await on.answered('The shop is open.')
    expect(on.edge.asked[0]!.messages[0]!.content).toBe('one\ntwo')
  })
})
