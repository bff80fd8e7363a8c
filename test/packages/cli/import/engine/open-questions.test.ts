import { describe, expect, test } from 'vitest';
import type { OpenQuestion } from '../../../../../packages/cli/src/import/import-errors.ts';
import { answersTo, typed } from '../../../../../packages/cli/src/import/open-questions.ts';

const ZONE: OpenQuestion = {
  option: '--time-zone',
  about: 'chat.txt',
  question: 'In which zone are its times?',
};
const BOTS: OpenQuestion = {
  option: '--bot',
  about: 'chat.txt',
  question: 'Who is not a user?',
  choices: [
    { value: '-', label: 'nobody' },
    { value: 'Harbour AI', label: 'Harbour AI, 12 messages' },
    { value: "O'Hara\u202e", label: "O'Hara\u202e, 2 messages" },
  ],
  several: true,
};
const COLUMN: OpenQuestion = { option: '--map sentAt=', about: 'a.csv', question: 'Which column is it?' };

function answering(...answers: (string | undefined)[]) {
  const said: string[] = [];
  const context = {
    ask: async (prompt: string) => {
      said.push(prompt);
      return answers.shift();
    },
  };
  return { said, context };
}

describe('what files leave open', () => {
  test('is asked, with numbers for what is likely, and told as options for next time', async () => {
    const { said, context } = answering('Europe/Zurich', '2, 3', ' created at ');
    const given = await answersTo([ZONE, BOTS, COLUMN], true, context);
    expect(given).toEqual([
      ['--time-zone', 'Europe/Zurich'],
      ['--bot', 'Harbour AI'],
      ['--bot', "O'Hara\u202e"],
      ['--map', 'sentAt=created at'],
    ]);
    expect(said.join('')).toBe(
      '\nchat.txt\nIn which zone are its times?\n> ' +
        "\nchat.txt\nWho is not a user?\n  1  nobody\n  2  Harbour AI, 12 messages\n  3  O'Hara\ufffd, 2 messages\n" +
        'numbers, or other answers > \na.csv\nWhich column is it?\n> ',
    );
    expect(typed(given)).toBe(
      "--time-zone Europe/Zurich --bot 'Harbour AI' --bot 'O'\\''Hara\ufffd' --map 'sentAt=created at'",
    );
  });

  test.each([
    ['1 2', ['-', 'Harbour AI']],
    ['Harbour AI, Ann of Sales', ['Harbour AI', 'Ann of Sales']],
    ['2 3, Room 101 bot', ['Harbour AI', "O'Hara\u202e", 'Room 101 bot']],
    ['Ann', ['Ann']],
  ])('takes several answers, numbers and names with spaces: %s', async (answer, values) => {
    const given = await answersTo([BOTS], true, answering(answer).context);
    expect(given.map(([, value]) => value)).toEqual(values);
  });

  test('is asked again where there is no answer, three times', async () => {
    const { context } = answering('', '  ', 'UTC');
    expect(await answersTo([ZONE], true, context)).toEqual([['--time-zone', 'UTC']]);
    await expect(answersTo([ZONE], true, answering('', '', '', 'UTC').context)).rejects.toMatchObject({
      exitCode: 2,
    });
  });

  test.for([
    ['nobody is there', true],
    ['nothing may be asked', false],
  ] as const)('is an error with every question and its option where %s', async ([, mayAsk]) => {
    const { said, context } = answering(undefined);
    const error = await answersTo([ZONE, BOTS], mayAsk, context).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ exitCode: 2 });
    expect(String(error)).toBe(
      [
        'ToolError: the files leave open what has to be said:',
        '  --time-zone  chat.txt: In which zone are its times?',
        '  --bot  chat.txt: Who is not a user?',
        '      --bot -  (nobody)',
        "      --bot 'Harbour AI'  (Harbour AI, 12 messages)",
        "      --bot 'O'\\''Hara\ufffd'  (O'Hara\ufffd, 2 messages)",
      ].join('\n'),
    );
    expect(said).toHaveLength(mayAsk ? 1 : 0);
  });
});
