import { type ReactNode, useId } from 'react';
import './table-region.css';

export interface TableRegionProps {
  caption: string;
  /** Head and body of the table. */
  children: ReactNode;
}

/** A table of figures that scrolls where it does not fit, with the keyboard too. */
export function TableRegion({ caption, children }: TableRegionProps) {
  const captionId = useId();
  return (
    // biome-ignore lint/a11y/useSemanticElements: a fieldset is for controls.
    // biome-ignore lint/a11y/noNoninteractiveTabindex: without it, the keyboard could not scroll.
    <div className="table-region" role="group" aria-labelledby={captionId} tabIndex={0}>
      <table className="figures">
        <caption id={captionId}>{caption}</caption>
        {children}
      </table>
    </div>
  );
}
