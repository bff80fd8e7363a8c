import type { Finding } from '../../../functions/shared/domain/findings/findings.ts';

const PATHS = {
  warning: 'M12 4 2.8 19.5h18.4ZM12 10v4.5M12 17v.01',
  info: 'M12 3.5a8.5 8.5 0 1 0 0 17 8.5 8.5 0 0 0 0-17ZM12 11v5M12 8v.01',
} as const;

/** The sign of a severity, in the colour of the text. Screen readers pass over it: the text beside it says the same. */
export function SeverityIcon({ severity }: Pick<Finding, 'severity'>) {
  return (
    <svg viewBox="0 0 24 24" width="18" height="18" className="line-icon" aria-hidden="true">
      <path d={PATHS[severity]} />
    </svg>
  );
}
