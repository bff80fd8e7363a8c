import { Command } from 'commander';
import { type CsvCell, csv } from '../../../../functions/shared/domain/csv.ts';
import { SHARE_LINK_DAYS } from '../../../../functions/shared/domain/share-link.ts';
import {
  newShareLinkAnswer,
  shareLinksAnswer,
} from '../../../../functions/shared/domain/share-link-answer.ts';
import { parseIdentifier } from '../../../../tools/support/option-values.ts';
import type { CliContext } from '../cli-context.ts';
import type { ConnectionOptions } from '../connection/connect.ts';
import { inLines, pageFor } from '../drawing/page.ts';
import { type OutputOptions, withOutputOptions, writeOutput } from '../output/output-options.ts';
import { answerTo, clientFor } from '../service/usage-client.ts';
import { dates } from '../terminal/formats.ts';
import { safeName } from '../terminal/safe-text.ts';
import { table } from '../terminal/table.ts';
import { numberWithin, withExamples, withPeer } from './reading-options.ts';

interface ShareOptions extends ConnectionOptions, OutputOptions {
  days: number;
  label?: string;
}

/** Makes, lists and revokes share links. */
export function shareCommand(context: CliContext): Command {
  return withExamples(
    new Command('share').description(
      'Make, list and revoke links that show the figures of a peer to whoever has them.',
    ),
    [
      'share make peer_support --days 7 --label "Board meeting"',
      'share list peer_support',
      'share revoke peer_support link8f14e45fceea167a',
    ],
  )
    .addCommand(makeCommand(context))
    .addCommand(listCommand(context))
    .addCommand(revokeCommand(context));
}

function makeCommand(context: CliContext): Command {
  const command = withPeer(
    new Command('make').description('Make a link, and print it: it is shown this once.'),
  )
    .option(
      '--days <number>',
      'for how many days it works',
      numberWithin(SHARE_LINK_DAYS),
      SHARE_LINK_DAYS.default,
    )
    .option('--label <text>', 'what it is for, which whoever has the link can read', parseIdentifier);
  return withOutputOptions(command).action(async (peerId: string, _: ShareOptions, self: Command) => {
    const options = self.optsWithGlobals<ShareOptions>();
    const { days, label } = options;
    const client = await clientFor(options, context);
    const request = { expiresInDays: days, ...(label !== undefined && { label }) };
    const { json, value } = await answerTo(client.makeShareLink(peerId, request), newShareLinkAnswer);
    const rows: CsvCell[][] = [
      ['Id', 'Address', 'Expires', 'Label'],
      [value.id, value.url, value.expiresAt, value.label ?? null],
    ];
    writeOutput({ json, csv: () => csv(rows), text: () => `${safeName(value.url)}\n` }, options, context);
    context.say(`It works until ${dates.instant(Date.parse(value.expiresAt))}, for whoever has it.\n`);
  });
}

function listCommand(context: CliContext): Command {
  const command = withPeer(new Command('list').description('List the links that work, without their keys.'));
  return withOutputOptions(command).action(async (peerId: string, _: ShareOptions, self: Command) => {
    const options = self.optsWithGlobals<ShareOptions>();
    const client = await clientFor(options, context);
    const { json, value } = await answerTo(client.listShareLinks(peerId), shareLinksAnswer);
    const links = value.shareLinks;
    const rows = links.map(({ id, label, createdAt, expiresAt }): CsvCell[] => [
      id,
      label ?? null,
      createdAt,
      expiresAt,
    ]);
    const { width, style } = pageFor(context);
    const columns = [
      { title: 'Id', cell: ({ id }: (typeof links)[number]) => safeName(id) },
      { title: 'Label', cell: ({ label = '' }: (typeof links)[number]) => safeName(label), canShrink: true },
      {
        title: 'Works until',
        cell: ({ expiresAt }: (typeof links)[number]) => dates.instant(Date.parse(expiresAt)),
      },
    ];
    const text = () =>
      links.length === 0 ? 'No links work.\n' : inLines(table(columns, links, width, style));
    writeOutput(
      { json, csv: () => csv([['Id', 'Label', 'Made', 'Expires'], ...rows]), text },
      options,
      context,
    );
  });
}

function revokeCommand(context: CliContext): Command {
  return withPeer(new Command('revoke').description('End a link for good, within a minute.'))
    .argument('<link>', 'the id of the link', parseIdentifier)
    .action(async (peerId: string, id: string, _: ConnectionOptions, self: Command) => {
      const client = await clientFor(self.optsWithGlobals<ConnectionOptions>(), context);
      await client.revokeShareLink(peerId, id);
      context.say(`The link ${safeName(id)} is revoked, and stops working within a minute.\n`);
    });
}
