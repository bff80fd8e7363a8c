import type { ReactNode } from 'react';
import { nameOfKind } from '../../../../functions/shared/domain/channel.ts';
import { METRICS } from '../../../../functions/shared/domain/metrics.ts';
import { messagesPerConversation } from '../../../../functions/shared/domain/report.ts';
import type { UtcDay } from '../../../../functions/shared/domain/utc-day.ts';
import { CardSection } from '../../components/card-section.tsx';
import { Name } from '../../components/name.tsx';
import { TableRegion } from '../../components/table-region.tsx';
import { useEnvironment } from '../../environment.ts';
import type { View } from '../../state/view.ts';
import { Change } from '../growth/change.tsx';
import { sharesByKind } from './shares-by-kind.ts';
import { type ComparedPeer, useCompared } from './use-compared.ts';

export interface ComparedFiguresProps {
  views: readonly (View & { peerId: string })[];
  today: UtcDay;
}

/** The figures of two peers in one table, in the days that are shown. */
export function ComparedFigures({ views: [first, second], today }: ComparedFiguresProps) {
  if (first === undefined || second === undefined) return null;
  return <Compared first={first} second={second} today={today} />;
}

interface ComparedProps {
  first: View & { peerId: string };
  second: View & { peerId: string };
  today: UtcDay;
}

function Compared({ first, second, today }: ComparedProps) {
  const peers = [useCompared(first, today), useCompared(second, today)];
  return (
    <CardSection title="Side by side">
      <div className="compared-figures">
        <TableRegion caption="The same days of both peers; changes are those of the last complete week">
          <thead>
            <tr>
              <td />
              {peers.map(({ peerId }) => (
                <th scope="col" key={peerId}>
                  <Name of={peerId} />
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            <FigureRows peers={peers} />
            <ShareRows peers={peers} />
          </tbody>
        </TableRegion>
      </div>
    </CardSection>
  );
}

function FigureRows({ peers }: { peers: readonly ComparedPeer[] }) {
  const { formats, dates } = useEnvironment();
  const week = peers.find((peer) => peer.week !== undefined)?.week;
  return (
    <>
      {METRICS.map(({ name, field, title }) => (
        <Row key={name} title={title} peers={peers}>
          {({ stats }) => stats && formats.count(stats.total[field])}
        </Row>
      ))}
      <Row title="Messages per conversation" peers={peers}>
        {({ stats }) => {
          if (stats === undefined) return undefined;
          const ratio = messagesPerConversation(stats.total);
          return ratio === null ? '–' : formats.ratio(ratio);
        }}
      </Row>
      {METRICS.map(({ name, title }) => (
        <Row
          key={name}
          title={`${title}, ${week === undefined ? 'last week' : dates.range({ from: week.start, to: week.end })}`}
          peers={peers}
        >
          {(peer) =>
            peer.week && (
              <>
                {formats.count(peer.week.total[name].current)} <Change comparison={peer.week.total[name]} />
              </>
            )
          }
        </Row>
      ))}
      <Row title="Findings" peers={peers}>
        {({ findings }) => {
          if (findings === undefined) return undefined;
          const warnings = findings.filter(({ severity }) => severity === 'warning').length;
          const words = `${formats.count(warnings)} ${warnings === 1 ? 'warning' : 'warnings'}`;
          return `${formats.count(findings.length)} (${words})`;
        }}
      </Row>
    </>
  );
}

function ShareRows({ peers }: { peers: readonly ComparedPeer[] }) {
  const { formats } = useEnvironment();
  return sharesByKind(peers.map(({ all }) => all)).map(({ kind, shares }) => (
    <tr key={`share ${kind}`}>
      <th scope="row">
        Share of <Name of={nameOfKind(kind)} />
      </th>
      {peers.map(({ peerId }, index) => {
        const share = shares[index];
        return <td key={peerId}>{share === undefined ? '–' : formats.share(share)}</td>;
      })}
    </tr>
  ));
}

interface RowProps {
  title: string;
  peers: readonly ComparedPeer[];
  /** What is told of a peer; nothing where it is not known. */
  children: (peer: ComparedPeer) => ReactNode;
}

function Row({ title, peers, children }: RowProps) {
  return (
    <tr>
      <th scope="row">{title}</th>
      {peers.map((peer) => (
        <td key={peer.peerId}>{children(peer) ?? '…'}</td>
      ))}
    </tr>
  );
}
