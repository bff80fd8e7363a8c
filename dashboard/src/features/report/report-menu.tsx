import { Button, NativeSelect } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { type RefObject, useId, useRef, useState } from 'react';
import { daysOfMonth } from '../../../../functions/shared/domain/interval.ts';
import { monthBefore, monthOf } from '../../../../functions/shared/domain/month.ts';
import type { UtcDay } from '../../../../functions/shared/domain/utc-day.ts';
import { peerPath } from '../../api/queries.ts';
import { RequestProblem } from '../../api/request-problem.ts';
import { useApi } from '../../api/session.tsx';
import { Name } from '../../components/name.tsx';
import { Notice } from '../../components/notice.tsx';
import { useEnvironment } from '../../environment.ts';
import { download } from '../channel-usage/download.ts';
import './report-menu.css';
import { monthsOffered, REPORT_FORMATS, type ReportFormat, reportFileName } from './report-months.ts';

export interface ReportMenuProps {
  peerId: string;
  today: UtcDay;
}

/** What a reader may take along of a peer: its report on a month, or the page on paper. */
export function ReportMenu({ peerId, today }: ReportMenuProps) {
  const dialog = useRef<HTMLDialogElement>(null);
  const titleId = useId();
  return (
    <>
      <Button variant="default" aria-haspopup="dialog" onClick={() => dialog.current?.showModal()}>
        Report
      </Button>
      <dialog ref={dialog} className="report-menu" aria-labelledby={titleId}>
        <h2 id={titleId}>
          Report on <Name of={peerId} />
        </h2>
        <MonthlyReport peerId={peerId} today={today} />
        <Others dialog={dialog} />
      </dialog>
    </>
  );
}

/** Saves the report on a month as a file. The key goes with the question in its header, and into no address. */
function MonthlyReport({ peerId, today }: ReportMenuProps) {
  const api = useApi();
  const { dates } = useEnvironment();
  const [period, setPeriod] = useState(monthBefore(monthOf(today)));
  const getting = useMutation({
    mutationFn: async (format: ReportFormat) => {
      const path = `${peerPath(peerId)}/channel-stats/report.${format.extension}`;
      download(reportFileName(peerId, period, format), await api.getText(path, { period }), format.type);
    },
  });
  const { error } = getting;
  return (
    <>
      <NativeSelect
        label="Month, UTC"
        data={monthsOffered(today, (month) => dates.bucket(daysOfMonth(month), 'month'))}
        value={period}
        onChange={(event) => setPeriod(event.currentTarget.value)}
      />
      <div className="report-buttons">
        {REPORT_FORMATS.map((format) => (
          <Button
            key={format.extension}
            variant="default"
            disabled={getting.isPending}
            onClick={() => getting.mutate(format)}
          >
            {format.label}
          </Button>
        ))}
      </div>
      <span role="status" className="visually-hidden">
        {getting.isSuccess && 'The report is saved.'}
      </span>
      {error !== null && (
        <Notice tone="error">
          {error instanceof RequestProblem ? error.message : 'The report could not be saved.'}
        </Notice>
      )}
    </>
  );
}

function Others({ dialog }: { dialog: RefObject<HTMLDialogElement | null> }) {
  const print = () => {
    dialog.current?.close();
    window.print();
  };
  return (
    <div className="report-buttons">
      <Button variant="default" onClick={print}>
        Print this page
      </Button>
      <Button variant="default" onClick={() => dialog.current?.close()}>
        Close
      </Button>
    </div>
  );
}
