import type { CliContext } from '../cli-context.ts';
import { UsageError } from '../exit-codes.ts';
import { safeName, shownText } from '../terminal/safe-text.ts';
import type { OpenQuestion } from './import-errors.ts';

/** An option and its value, as they are typed. */
export type GivenOption = readonly [option: string, value: string];

/** How often something is asked that is answered with nothing. */
const ASKED = 3;

/**
 * Asks the person at the terminal what files leave open.
 *
 * @param mayAsk whether anything may be asked
 * @throws UsageError which names each question with the option that answers it, where nobody can be asked, or answers
 */
export async function answersTo(
  questions: readonly OpenQuestion[],
  mayAsk: boolean,
  context: Pick<CliContext, 'ask'>,
): Promise<GivenOption[]> {
  const answers: GivenOption[] = [];
  for (const question of questions) {
    const values = mayAsk ? await answerTo(question, context) : undefined;
    if (values === undefined) throw unanswered(questions);
    answers.push(...values.map((value) => given(question, value)));
  }
  return answers;
}

/** What an answer is as an option. `--map sentAt=` is completed by it. */
function given(question: OpenQuestion, value: string): GivenOption {
  const [option = '', ...start] = question.option.split(' ');
  return [option, `${start.join(' ')}${value}`];
}

async function answerTo(
  { about, question, choices = [], several = false }: OpenQuestion,
  { ask }: Pick<CliContext, 'ask'>,
): Promise<string[] | undefined> {
  const offered = choices.map(({ label }, index) => `  ${index + 1}  ${safeName(label)}\n`).join('');
  // Said with the first prompt, so that nothing is where nobody can be asked.
  const words = `\n${safeName(about)}\n${shownText(question)}\n${offered}`;
  const prompt =
    choices.length === 0 ? '> ' : several ? 'numbers, or other answers > ' : 'a number, or another answer > ';
  for (let asked = 0; asked < ASKED; asked += 1) {
    const answer = await ask(asked === 0 ? words + prompt : prompt);
    if (answer === undefined) return undefined;
    const values = (several ? answersIn(answer) : [answer])
      .map((word) => word.trim())
      .filter((word) => word !== '')
      .map((word) => choices[Number(word) - 1]?.value ?? word);
    if (values.length > 0) return values;
  }
  return undefined;
}

/** Answers with a comma between them, or numbers with spaces: names have spaces in them. */
function answersIn(line: string): string[] {
  return line.split(',').flatMap((part) => (/^[\d\s]+$/.test(part) ? part.split(/\s+/) : part));
}

function unanswered(questions: readonly OpenQuestion[]): UsageError {
  const lines = questions.flatMap((open) => [
    `  ${open.option}  ${safeName(open.about)}: ${shownText(open.question)}`,
    ...(open.choices ?? []).map(
      ({ value, label }) => `      ${typed([given(open, value)])}  (${safeName(label)})`,
    ),
  ]);
  return new UsageError(`the files leave open what has to be said:\n${lines.join('\n')}`);
}

/** Options as they are typed, for next time. */
export function typed(options: readonly GivenOption[]): string {
  return options.map(([option, value]) => `${option} ${quoted(safeName(value))}`).join(' ');
}

function quoted(value: string): string {
  return /^[\w@%+=:,./-]+$/.test(value) ? value : `'${value.replaceAll("'", `'\\''`)}'`;
}
