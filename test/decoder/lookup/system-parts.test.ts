import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { partSystemMessage } from '../../../decoder/lookup/system-parts.ts'

describe('the introduction', () => {
  test('is the first sentence', () => {
    expect(partSystemMessage('You are the assistant of Fox Inn. We open at 9 am.')).toEqual({
      introduction: 'You are the assistant of Fox Inn.',
      units: ['We open at 9 am.'],
    })
  })

  test('goes on as long as it says who speaks', () => {
    const { introduction, units } = partSystemMessage(
      'Fox Inn keeps bees. You are Nora, its guide. You help guests. You’re brief. Honey is 8 euros.',
    )
    expect(introduction).toBe(
      'Fox Inn keeps bees. You are Nora, its guide. You help guests. You’re brief.',
    )
    expect(units).toEqual(['Honey is 8 euros.'])
  })

  test.each(['You are a helpful assistant.', 'Be brief', '', '  \n '])(
    'is all there is of %j',
    (text) => {
      expect(partSystemMessage(text)).toEqual({ introduction: text.trim(), units: [] })
    },
  )
})

describe('units are', () => {
  const unitsOf = (text: string) => partSystemMessage(`About us:\n${text}`).units

  test('lines, without what marks them as a list', () => {
    expect(unitsOf('- Haircut 22\n* Beard 14\n• Both 32\n3. Boys 15\n4) Cash only.')).toEqual([
      ...['Haircut 22', 'Beard 14', 'Both 32', 'Boys 15', 'Cash only.'],
    ])
  })

  test('short lines as they are, though of several sentences', () => {
    const line = 'Check-out: until 10.30 am. Luggage can stay in the ski room.'
    expect(unitsOf(line)).toEqual([line])
  })

  test('the sentences of a long line; one that leans on another stays with it', () => {
    expect(
      unitsOf(
        'Adults pay 210 euros a year, juniors under 18 pay 85 euros. Mr. Lee runs the shop. It is closed on Mondays, as is the bar. ' +
          'Guests may play with a member for 8 euros per hour. The season begins in mid April.',
      ),
    ).toEqual([
      'Adults pay 210 euros a year, juniors under 18 pay 85 euros.',
      'Mr. Lee runs the shop. It is closed on Mondays, as is the bar.',
      'Guests may play with a member for 8 euros per hour.',
      'The season begins in mid April.',
    ])
  })

  test('questions with their answers in a long line', () => {
    expect(
      unitsOf(
        'Can you change my tyres? That is 94 euros. Do you take cards? Yes, all but one. The shop at the corner sells everything else that you may need for a long ride.',
      ),
    ).toEqual([
      'Can you change my tyres? That is 94 euros.',
      'Do you take cards? Yes, all but one.',
      'The shop at the corner sells everything else that you may need for a long ride.',
    ])
  })

  test('not cut at a number or an abbreviation', () => {
    const line =
      'Last entry is at 4.15 pm on all days of the week but Sunday, when the doors of the house at St. Mary’s are shut from noon on, as Dr. Hall and Ms. Ito then look after the clocks in the tower.'
    expect(unitsOf(line)).toEqual([line])
  })

  test.each([
    ['Q: When are you open?\nA: Every day.', ['When are you open? Every day.']],
    ['When are you open?\nEvery day.', ['When are you open? Every day.']],
    ['### Do I need shoes?\n\nNo.', ['Do I need shoes? No.']],
    ['Question: Dogs?\nAnswer: Yes, on a lead.', ['Dogs? Yes, on a lead.']],
    ['Dogs? Yes, on a lead.', ['Dogs? Yes, on a lead.']],
    ['Any dogs?', ['Any dogs?']],
  ])('a question with its answer: %j', (text, units) => {
    expect(unitsOf(text)).toEqual(units)
  })

  test('items with the heading above them, unless that says nothing', () => {
    expect(unitsOf('Opening hours:\n- Mon to Fri: 9 to 5\n## Prices\n- Adults: 12 euros')).toEqual([
      'Opening hours: Mon to Fri: 9 to 5',
      'Prices: Adults: 12 euros',
    ])
    expect(unitsOf('## Good to know\n- Open at 9\n- Cash only')).toEqual(['Open at 9', 'Cash only'])
  })
})

test('no word of a message is lost, labels aside', () => {
  // Labels of questions and answers are no words of theirs.
  const labels = ['q', 'question', 'visitor', 'guest', 'a', 'answer', 'we']
  const word = fc.stringMatching(/^[a-z]{1,8}$/).filter((letters) => !labels.includes(letters))
  const sentence = fc
    .tuple(fc.array(word, { minLength: 1, maxLength: 14 }), fc.constantFrom('.', '!', '?', ';', ''))
    .map(([words, end]) => `${words.join(' ').replace(/^./, (c) => c.toUpperCase())}${end}`)
  const line = fc.array(sentence, { minLength: 1, maxLength: 5 }).map((parts) => parts.join(' '))
  fc.assert(
    fc.property(fc.array(line, { minLength: 1, maxLength: 6 }), (lines) => {
      const text = lines.join('\n')
      const { introduction, units } = partSystemMessage(text)
      const words = (s: string) => s.match(/[a-z]+/gi) ?? []
      expect([introduction, ...units].flatMap(words)).toEqual(words(text))
    }),
    { seed: 21 },
  )
})

test.each(['Mr. ', 'It is so. ', 'You are so. ', 'Is it? ', 'a; ', ': ', '  ', '# A:\n', 'Q: '])(
  'half a million characters of %j take no longer than they must',
  (part) => {
    const { introduction, units } = partSystemMessage(`Fox Inn. ${part.repeat(5e5 / part.length)}`)
    expect(introduction.length + units.join('').length).toBeLessThan(6e5)
  },
)
