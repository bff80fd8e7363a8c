import type { UtcDay } from '../../../../functions/shared/domain/utc-day.ts';
import { Name } from '../../components/name.tsx';
import { useEnvironment } from '../../environment.ts';
import { daysOf } from '../../state/ranges.ts';
import type { View } from '../../state/view.ts';
import { useTrust } from '../trust/use-trust.ts';
import './print-sheet.css';

/** What stands above the figures on paper: whose they are, of which days, and up to when they are complete. */
export function PrintHeading({ view, today }: { view: View & { peerId: string }; today: UtcDay }) {
  const { peerId, range, narrowing } = view;
  const { dates } = useEnvironment();
  const trust = useTrust(peerId, today);
  const days = narrowing.days ?? daysOf(range, today);
  return (
    <div className="print-heading">
      <h2>
        Channel usage of <Name of={peerId} />
      </h2>
      <p>
        {days === undefined ? 'All time' : dates.range(days)}, in UTC. {trust?.words.upTo}
      </p>
    </div>
  );
}
