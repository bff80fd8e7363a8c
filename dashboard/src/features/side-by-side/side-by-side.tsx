import { useId } from 'react';
import { isolated } from '../../../../functions/shared/domain/name-in-text.ts';
import { Name } from '../../components/name.tsx';
import { Owned } from '../../components/owner.tsx';
import { LiveState } from '../live/live-state.tsx';
import { PeerUsage, type PeerUsageProps } from '../peer-usage.tsx';
import { TrustState } from '../trust/trust-state.tsx';
import { ComparedFigures } from './compared-figures.tsx';
import './side-by-side.css';

export interface SideBySideProps extends PeerUsageProps {
  withPeerId: string;
}

/** Two peers in the same range: their figures in one table, and all there is to see of each in a column. */
export function SideBySide({ withPeerId, ...props }: SideBySideProps) {
  const { view, today } = props;
  const views = [view, { ...view, peerId: withPeerId }];
  return (
    <>
      <ComparedFigures views={views} today={today} />
      <div className="side-by-side">
        {views.map((one) => (
          <PeerColumn key={one.peerId} {...props} view={one} />
        ))}
      </div>
    </>
  );
}

function PeerColumn(props: PeerUsageProps) {
  const { view, today } = props;
  const { peerId } = view;
  const headingId = useId();
  return (
    <section className="peer-column" aria-labelledby={headingId}>
      <header className="peer-column-header">
        <h2 id={headingId}>
          <Name of={peerId} />
        </h2>
        <div className="page-state">
          <LiveState peerId={peerId} />
          <TrustState peerId={peerId} today={today} />
        </div>
      </header>
      <Owned headingId={headingId} name={isolated(peerId)}>
        <PeerUsage {...props} />
      </Owned>
    </section>
  );
}
