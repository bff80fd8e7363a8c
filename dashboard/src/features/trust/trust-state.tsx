import { useState } from 'react';
import type { UtcDay } from '../../../../functions/shared/domain/utc-day.ts';
import { useOwnLabel } from '../../components/owner.tsx';
import { SeverityIcon } from '../../components/severity-icon.tsx';
import '../../components/notice.css';
import { TrustDetails } from './trust-details.tsx';
import './trust-state.css';
import { useTrust } from './use-trust.ts';

export interface TrustProps {
  peerId: string;
  today: UtcDay;
}

/** Up to when the figures are complete, in short; what more there is to know opens from it. */
export function TrustState({ peerId, today }: TrustProps) {
  const trust = useTrust(peerId, today);
  const missing = trust?.words.missing;
  // Told to screen readers when the kind of trouble has changed; how far counting is by now is not.
  const [wasMissing, setWasMissing] = useState(false);
  if (missing !== undefined && !wasMissing) setWasMissing(true);
  return (
    <div className="trust-state" data-status={trust?.trust.status}>
      {trust === undefined ? (
        <span data-testid="trust-state" />
      ) : (
        <TrustDetails peerId={peerId} trust={trust.trust} today={today}>
          {missing !== undefined && <SeverityIcon severity={missing.severity} />}
          <span data-testid="trust-state">{trust.words.upTo}</span>
        </TrustDetails>
      )}
      <span role="status" className="visually-hidden">
        {missing?.title}
        {trust !== undefined && missing === undefined && wasMissing && 'The figures are complete again'}
      </span>
    </div>
  );
}

/** Says above the figures what may be missing in them, as long as something may. */
export function MissingNotice({ peerId, today }: TrustProps) {
  const trust = useTrust(peerId, today);
  const label = useOwnLabel('Trust in the figures');
  const missing = trust?.words.missing;
  if (missing === undefined) return null;
  const { severity, title, text } = missing;
  return (
    <section className="notice" data-tone={severity} aria-label={label}>
      <p className="notice-title missing-title">
        <SeverityIcon severity={severity} />
        {title}
      </p>
      <p>
        {text}
        {trust?.trust.status === 'incomplete' && (
          <>
            {' '}
            <a href="docs#lookUpMessages">POST …/messages/lookup</a> tells what became of a message.
          </>
        )}
      </p>
    </section>
  );
}
