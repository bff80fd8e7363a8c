import { Button, NativeSelect, TextInput } from '@mantine/core';
import { useDebouncedCallback } from '@mantine/hooks';
import { useInfiniteQuery } from '@tanstack/react-query';
import { useEffect, useRef, useState } from 'react';
import { isolated } from '../../../../functions/shared/domain/name-in-text.ts';
import {
  MAX_ORDERED_PEERS,
  OVERVIEW_SORTS,
  type OverviewAnswer,
  type OverviewSort,
} from '../../../../functions/shared/domain/overview.ts';
import type { UtcDay } from '../../../../functions/shared/domain/utc-day.ts';
import { overviewQuery } from '../../api/queries.ts';
import { problemOf } from '../../api/query-state.ts';
import { isPassing } from '../../api/request-problem.ts';
import { useSample } from '../../api/sample.ts';
import { useApi } from '../../api/session.tsx';
import { CardSection } from '../../components/card-section.tsx';
import { Notice } from '../../components/notice.tsx';
import { ProblemNotice } from '../../components/problem-notice.tsx';
import { Waiting } from '../../components/waiting.tsx';
import { useEnvironment } from '../../environment.ts';
import type { ViewState } from '../../state/use-view.ts';
import type { View } from '../../state/view.ts';
import { NoPeersYet } from './no-peers-yet.tsx';
import './overview.css';
import { OverviewTable } from './overview-table.tsx';

const SORT_WORDS: Record<OverviewSort, string> = {
  attention: 'What needs attention',
  messages: 'Messages',
  change: 'Change',
  name: 'Name',
};

const SEARCH_AFTER_MS = 250;
const LOOK_FOR_PEERS_EVERY_MS = 5_000;
const LOOK_FOR_SAMPLE_EVERY_MS = 2_000;

export interface OverviewProps extends Pick<ViewState, 'change' | 'go'> {
  view: View;
  today: UtcDay;
}

/** All peers that the reader's key may read: which of them needs attention. */
export function Overview(props: OverviewProps) {
  const { view, today } = props;
  const { search } = view;
  const api = useApi();
  const isLoading = useSample()?.state === 'loading';
  // Of very many peers there is no order but that by name, which the service says.
  const [unordered, setUnordered] = useState<string>();
  const sort = unordered === search ? 'name' : view.sort;
  const options = overviewQuery(api, { sort, search }, today);
  const query = useInfiniteQuery({
    ...options,
    refetchInterval: (asked) => {
      const peers = asked.state.data?.pages[0]?.peers;
      if (isLoading) return LOOK_FOR_SAMPLE_EVERY_MS;
      if (peers?.length === 0 && search === '') return LOOK_FOR_PEERS_EVERY_MS;
      return typeof options.refetchInterval === 'function' ? options.refetchInterval(asked) : false;
    },
  });
  const problem = problemOf(query);
  const isTooMany = problem?.kind === 'refused' && sort !== 'name';
  if (isTooMany && unordered !== search) setUnordered(search);
  const { data } = query;
  const [first] = data?.pages ?? [];
  if (first === undefined) {
    if (problem !== undefined && !isTooMany)
      return <ProblemNotice problem={problem} queryKey={options.queryKey} />;
    return <Waiting label="Loading the peers" height={320} />;
  }
  if (first.peers.length === 0 && first.query.search === undefined)
    return <NoPeersYet isLoading={isLoading} />;
  return (
    <>
      {problem !== undefined && !isTooMany && isPassing(problem) && (
        <ProblemNotice problem={problem} queryKey={options.queryKey} advice="What is shown may be old." />
      )}
      {unordered === search && view.sort !== 'name' && <NotOrdered />}
      <OverviewCard
        {...props}
        pages={data?.pages ?? []}
        isStale={query.isPlaceholderData}
        sort={sort}
        more={
          query.hasNextPage && !query.isPlaceholderData ? (
            <More
              isLoading={query.isFetchingNextPage}
              hasFailed={query.isFetchNextPageError}
              onMore={() => void query.fetchNextPage()}
            />
          ) : undefined
        }
      />
    </>
  );
}

function NotOrdered() {
  const { formats } = useEnvironment();
  return (
    <Notice tone="warning">
      More than {formats.count(MAX_ORDERED_PEERS)} peers are listed by name alone. A search that finds fewer
      can be put in any order.
    </Notice>
  );
}

interface OverviewCardProps extends OverviewProps {
  pages: readonly OverviewAnswer[];
  isStale: boolean;
  sort: OverviewSort;
  more: React.ReactNode;
}

function OverviewCard({ view, today, change, go, pages, isStale, sort, more }: OverviewCardProps) {
  const { formats, dates } = useEnvironment();
  const peers = pages.flatMap((page) => page.peers);
  const [first] = pages;
  const counted = `${formats.count(peers.length)} ${peers.length === 1 ? 'peer' : 'peers'}`;
  return (
    <CardSection
      title="Peers"
      isBusy={isStale}
      aside={
        <p className="overview-count" role="status">
          {more === undefined ? counted : `The first ${formats.count(peers.length)}`}
        </p>
      }
      controls={
        <>
          <SearchField search={view.search} onSearch={(search) => change({ search }, 'replace')} />
          <NativeSelect
            aria-label="Order by"
            value={sort}
            onChange={({ currentTarget: { value } }) => {
              const chosen = OVERVIEW_SORTS.find((known) => known === value);
              if (chosen !== undefined) change({ sort: chosen }, 'push');
            }}
            data={OVERVIEW_SORTS.map((value) => ({ value, label: SORT_WORDS[value] }))}
          />
        </>
      }
    >
      {peers.length === 0 ? (
        <div className="empty">No peer has “{isolated(view.search)}” in its id.</div>
      ) : (
        <OverviewTable view={view} today={today} peers={peers} go={go} />
      )}
      {more}
      {first !== undefined && (
        <p className="card-note">
          {dates.range(first.query)}, in UTC, compared with {dates.range(first.query.previousRange)}. Today is
          left out. Conversations are those that started in these days.
        </p>
      )}
    </CardSection>
  );
}

function SearchField({ search, onSearch }: { search: string; onSearch: (search: string) => void }) {
  const [draft, setDraft] = useState(search);
  const [shown, setShown] = useState(search);
  if (shown !== search) {
    // What was typed is searched for by now, or the Back button was used.
    setShown(search);
    setDraft(search);
  }
  const tell = useDebouncedCallback(onSearch, SEARCH_AFTER_MS);
  return (
    <TextInput
      type="search"
      className="overview-search"
      aria-label="Search peers"
      placeholder="Search peers"
      spellCheck={false}
      maxLength={128}
      value={draft}
      onChange={({ currentTarget: { value } }) => {
        setDraft(value);
        tell(value);
      }}
    />
  );
}

interface MoreProps {
  isLoading: boolean;
  /** Then the reader asks again. */
  hasFailed: boolean;
  onMore: () => void;
}

/** Asks for the next page when the reader comes near the end. */
function More({ isLoading, hasFailed, onMore }: MoreProps) {
  const end = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (end.current === null || isLoading || hasFailed) return undefined;
    // What a busy browser tells late comes together.
    const observer = new IntersectionObserver(
      (entries) => entries.at(-1)?.isIntersecting === true && onMore(),
      {
        rootMargin: '800px',
      },
    );
    observer.observe(end.current);
    return () => observer.disconnect();
  });
  return (
    <div ref={end} className="overview-more">
      <Button variant="default" size="xs" loading={isLoading} onClick={onMore}>
        Show more peers
      </Button>
    </div>
  );
}
