import { describe, expect, test } from 'vitest'
import { itemAskedFor } from '../../../decoder/lookup/lists.ts'

const LAWYERS = 'Our lawyers: Luke for patents, Ana Romero for visas and Mai-Britt for tax law.'

describe('of a list', () => {
  test('the item that a question names is told, behind what introduces all of them', () => {
    expect(itemAskedFor(LAWYERS, 'who handles tax law?')).toBe('Our lawyers: Mai-Britt for tax law')
    expect(itemAskedFor(LAWYERS, 'and patents')).toBe('Our lawyers: Luke for patents')
  })

  test('an item without an introduction begins large', () => {
    const unit = 'We charge 13 euros for adults, 9 euros for students and 7 euros for children.'
    expect(itemAskedFor(unit, 'What do students pay?')).toBe('9 euros for students')
    expect(itemAskedFor(unit, 'How much is it for an adult?')).toBe('We charge 13 euros for adults')
    expect(itemAskedFor('Departures: ferry 6 am; express boat 7 am;', 'the express boat?')).toBe(
      'Departures: express boat 7 am',
    )
  })

  test('a piece unlike the others belongs to the item before it', () => {
    const beers =
      'The hops in our beers: summer ale with Centennial and stout with Simcoe and Amarillo.'
    expect(itemAskedFor(beers, 'what is in the stout')).toBe(
      'The hops in our beers: stout with Simcoe and Amarillo',
    )
  })

  test.each([
    ['nothing is named', LAWYERS, 'Who works for you?'],
    ['two items are named', LAWYERS, 'Is it the same for visas and patents?'],
    [
      'only a word of grammar is named',
      'A car with driver is 6.50, a bicycle 2',
      'me with my bike',
    ],
    ['all items have the word', 'Day ticket 9 euros, evening ticket 5 euros', 'what is a ticket'],
    ['it is one thing', 'Full service: 75 pounds, brakes, gears and bearings included', 'brakes?'],
    ['it is hours', 'Hours: Mon-Fri 8-17, Sat 9-13, Sun closed', 'When do you close on Friday?'],
    ['it is days', 'Open: Monday to Friday at 9 am, Saturday at 10 am', 'and on saturday'],
    ['it is several sentences', 'Adults pay 9 euros. Children, with a card, pay 3.', 'children?'],
    [
      'an item tells more',
      'A visit is 9 euros for adults who live in our town and 3 for children',
      'children?',
    ],
    ['it is empty', '', 'children?'],
  ])('the whole is told if %s', (_, unit, question) => {
    expect(itemAskedFor(unit, question)).toBeUndefined()
  })

  test('a very long line is left whole', () => {
    const line = `Prices: ${Array.from({ length: 40000 }, (_, i) => `thing${i} for ${i}`).join(', ')}`
    expect(itemAskedFor(line, 'thing7')).toBeUndefined()
  })
})
