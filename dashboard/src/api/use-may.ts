import { useQuery } from '@tanstack/react-query';
import type { Scope } from '../../../functions/shared/domain/api-key.ts';
import { keyQuery } from './queries.ts';
import { useApi } from './session.tsx';

/** Whether the reader's key is known to allow something on a peer. */
export function useMay(scope: Scope, peerId: string): boolean {
  const { data: key } = useQuery(keyQuery(useApi()));
  return key?.scopes.includes(scope) === true && (key.peers === 'all' || key.peers.includes(peerId));
}
