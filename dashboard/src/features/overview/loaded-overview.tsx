import { useQuery } from '@tanstack/react-query';
import { partQuery } from '../../api/part-query.ts';
import { useApi } from '../../api/session.tsx';
import { LoadBoundary } from '../../components/load-boundary.tsx';
import { Waiting } from '../../components/waiting.tsx';
import type { OverviewProps } from './overview.tsx';

/** The overview, as soon as what shows it is loaded: links lead to one peer. */
export function LoadedOverview(props: OverviewProps) {
  return (
    <LoadBoundary what="The overview">
      <Loaded {...props} />
    </LoadBoundary>
  );
}

function Loaded(props: OverviewProps) {
  const { data } = useQuery(partQuery(useApi(), 'overview', () => import('./overview.tsx')));
  if (data === undefined) return <Waiting label="Loading the overview" height={320} />;
  return <data.Overview {...props} />;
}
