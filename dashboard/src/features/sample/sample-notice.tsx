import { useQueryClient } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { useSample } from '../../api/sample.ts';
import { Notice } from '../../components/notice.tsx';
import { useEnvironment } from '../../environment.ts';
import './sample-notice.css';

/** Says of a local host that its sample is loading, and how far it is. */
export function SampleNotice() {
  const sample = useSample();
  const client = useQueryClient();
  const isLoading = sample?.state === 'loading';
  // Told to screen readers when it begins and when it has ended; the numbers between are not.
  const [wasLoading, setWasLoading] = useState(false);
  if (isLoading && !wasLoading) setWasLoading(true);
  const isLoaded = wasLoading && sample?.state === 'loaded';
  useEffect(() => {
    // What was judged on a part of the messages is asked for again.
    if (isLoaded) void client.invalidateQueries();
  }, [client, isLoaded]);
  return (
    <>
      {isLoading && <Loading counted={sample.countedMessages} messages={sample.messages} />}
      {sample?.state === 'failed' && (
        <Notice tone="warning" title="The sample could not be loaded">
          <p>Its figures are not whole. The terminal in which the service runs says why.</p>
        </Notice>
      )}
      <span role="status" className="visually-hidden">
        {isLoading && 'The sample is loading'}
        {isLoaded && 'The sample is loaded'}
      </span>
    </>
  );
}

function Loading({ counted, messages }: { counted: number; messages: number }) {
  const { formats } = useEnvironment();
  return (
    <section className="notice" data-tone="info" aria-label="Sample">
      <p className="notice-title">The sample is loading</p>
      <p>
        {formats.count(counted)} of {formats.count(messages)} messages are counted, the newest days first.
        Until all are, the figures of its peers are not whole.
      </p>
      <progress className="sample-progress" value={counted} max={messages} aria-label="Messages counted" />
    </section>
  );
}
