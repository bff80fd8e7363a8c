import type { ReactNode } from 'react';
import './notice.css';

export interface NoticeProps {
  /** `error` where nothing helps but doing something else, `warning` where it may pass. */
  tone: 'warning' | 'error';
  title?: string;
  children: ReactNode;
}

/** Something that the reader should know now; screen readers say it at once. */
export function Notice({ tone, title, children }: NoticeProps) {
  return (
    <div className="notice" role="alert" data-tone={tone}>
      {title !== undefined && <p className="notice-title">{title}</p>}
      {children}
    </div>
  );
}
