import { useQuery } from '@tanstack/react-query';
import { partQuery } from '../../api/part-query.ts';
import { useApi } from '../../api/session.tsx';
import { LoadBoundary } from '../../components/load-boundary.tsx';
import { Waiting } from '../../components/waiting.tsx';
import type { SideBySideProps } from './side-by-side.tsx';

/** Two peers side by side, as soon as what shows them is loaded: most views are of one. */
export function LoadedSideBySide(props: SideBySideProps) {
  return (
    <LoadBoundary what="The comparison">
      <Loaded {...props} />
    </LoadBoundary>
  );
}

function Loaded(props: SideBySideProps) {
  const { data } = useQuery(partQuery(useApi(), 'side by side', () => import('./side-by-side.tsx')));
  if (data === undefined) return <Waiting label="Loading the comparison" height={380} />;
  return <data.SideBySide {...props} />;
}
