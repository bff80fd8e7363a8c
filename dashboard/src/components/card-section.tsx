import { type ReactNode, useId } from 'react';
import './card-section.css';
import { useLabelledBy } from './owner.tsx';

export interface CardSectionProps {
  title: string;
  /** Beside the title, such as a badge. */
  aside?: ReactNode;
  /** Controls, at the end of the line of the title. */
  controls?: ReactNode;
  /** Whether what is shown is about to be replaced. */
  isBusy?: boolean;
  /** Whether it comes first where there is one column. */
  leads?: boolean;
  children: ReactNode;
}

/** A part of the page under a heading of its own. */
export function CardSection(props: CardSectionProps) {
  const { title, aside, controls, isBusy = false, leads = false, children } = props;
  const headingId = useId();
  const labelledBy = useLabelledBy(headingId);
  return (
    <section className="card" aria-labelledby={labelledBy} aria-busy={isBusy} data-leads={leads || undefined}>
      <header className="card-header">
        <h2 id={headingId} className="card-title">
          {title}
        </h2>
        {aside}
        {controls !== undefined && <div className="card-controls">{controls}</div>}
      </header>
      {children}
    </section>
  );
}
