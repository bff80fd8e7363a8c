import { Skeleton } from '@mantine/core';
import { useEffect, useState } from 'react';
import './waiting.css';

const LONG_MS = 5_000;

export interface WaitingProps {
  /** What is waited for, as in "Loading the figures". */
  label: string;
  /** As high as what will be there, in pixels, so that nothing moves when it comes. */
  height: number;
}

/** Stands where something will be. */
export function Waiting({ label, height }: WaitingProps) {
  const [isLong, setIsLong] = useState(false);
  useEffect(() => {
    const timer = setTimeout(() => setIsLong(true), LONG_MS);
    return () => clearTimeout(timer);
  }, []);
  return (
    <div className="waiting">
      <Skeleton height={height} radius="md" />
      <p role="status" className={isLong ? 'waiting-text' : 'visually-hidden'}>
        {isLong ? 'This takes longer than usual.' : label}
      </p>
    </div>
  );
}
