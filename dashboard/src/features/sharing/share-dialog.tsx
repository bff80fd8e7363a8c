import { Button, CloseButton, NativeSelect, TextInput } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useEffect, useId, useRef, useState } from 'react';
import * as z from 'zod/mini';
import { newShareLinkAnswer } from '../../../../functions/shared/domain/share-link-answer.ts';
import { dayOf } from '../../../../functions/shared/domain/utc-day.ts';
import { peerPath, shareLinksQuery } from '../../api/queries.ts';
import { problemOf } from '../../api/query-state.ts';
import { RequestProblem } from '../../api/request-problem.ts';
import { useApi } from '../../api/session.tsx';
import { Notice } from '../../components/notice.tsx';
import { ProblemNotice } from '../../components/problem-notice.tsx';
import { Waiting } from '../../components/waiting.tsx';
import { useEnvironment } from '../../environment.ts';
import './sharing.css';

export interface ShareDialogProps {
  peerId: string;
  onClose: () => void;
}

type NewLink = z.output<typeof newShareLinkAnswer>;

/** Makes share links of a peer, lists them and revokes them. */
export function ShareDialog({ peerId, onClose }: ShareDialogProps) {
  const dialog = useRef<HTMLDialogElement>(null);
  const titleId = useId();
  const [made, setMade] = useState<NewLink>();
  useEffect(() => {
    const { current } = dialog;
    current?.showModal();
    return () => current?.close();
  }, []);
  return (
    <dialog ref={dialog} className="share-dialog" aria-labelledby={titleId} onClose={onClose}>
      <div className="share-header">
        <h2 id={titleId}>
          Share <bdi>{peerId}</bdi>
        </h2>
        <CloseButton aria-label="Close" onClick={onClose} />
      </div>
      <p className="share-lead">
        Whoever has a link sees all figures and channel names of this peer, and nothing else, without a key,
        until it ends. Nobody is asked who they are.
      </p>
      {made === undefined ? (
        <NewLinkForm peerId={peerId} onMade={setMade} />
      ) : (
        <MadeLink link={made} onAnother={() => setMade(undefined)} />
      )}
      <LinkList peerId={peerId} onRevoked={(id) => made?.id === id && setMade(undefined)} />
    </dialog>
  );
}

const EXPIRIES = [
  { value: '1', label: '1 day' },
  { value: '7', label: '7 days' },
  { value: '30', label: '30 days' },
  { value: '90', label: '90 days' },
  { value: '365', label: '365 days' },
];

function NewLinkForm({ peerId, onMade }: { peerId: string; onMade: (link: NewLink) => void }) {
  const api = useApi();
  const client = useQueryClient();
  const [days, setDays] = useState('30');
  const [label, setLabel] = useState('');
  const making = useMutation({
    mutationFn: () => {
      const named = label.trim();
      const wanted = { expiresInDays: Number(days), ...(named !== '' && { label: named }) };
      return api.send('POST', `${peerPath(peerId)}/share-links`, wanted, newShareLinkAnswer);
    },
    onSuccess: onMade,
    // Also where the answer was lost: there may be a link all the same.
    onSettled: () => client.invalidateQueries(shareLinksQuery(api, peerId)),
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    making.mutate();
  };
  return (
    <form className="share-form" onSubmit={submit}>
      <TextInput
        label="Label"
        description="Whom it is for. Whoever has the link can read it."
        maxLength={128}
        autoComplete="off"
        value={label}
        onChange={(event) => setLabel(event.currentTarget.value)}
      />
      <NativeSelect
        label="Works for"
        data={EXPIRIES}
        value={days}
        onChange={(event) => setDays(event.currentTarget.value)}
      />
      <Button type="submit" loading={making.isPending}>
        Make a link
      </Button>
      {making.error !== null && <Notice tone="error">{saying(making.error)}</Notice>}
    </form>
  );
}

function MadeLink({ link, onAnother }: { link: NewLink; onAnother: () => void }) {
  const { dates } = useEnvironment();
  const field = useRef<HTMLInputElement>(null);
  const [copied, setCopied] = useState<'copied' | 'selected'>();
  useEffect(() => field.current?.select(), []);
  const copy = async () => {
    field.current?.select();
    try {
      await navigator.clipboard.writeText(link.url);
      setCopied('copied');
    } catch {
      // Browsers may forbid it, and have no clipboard on pages without HTTPS: the reader can copy what is selected.
      setCopied('selected');
    }
  };
  return (
    <div className="share-made">
      <TextInput
        ref={field}
        readOnly
        label="The link"
        description={`It is shown this once, and works until ${dates.day(dayOf(Date.parse(link.expiresAt)))}.`}
        value={link.url}
        onFocus={(event) => event.currentTarget.select()}
      />
      <div className="share-made-buttons">
        <Button onClick={copy}>{copied === 'copied' ? 'Copied' : 'Copy'}</Button>
        <Button variant="default" onClick={onAnother}>
          Make another
        </Button>
        <span role="status" className="share-status">
          {copied === 'copied' && 'The link is copied.'}
          {copied === 'selected' && 'The link is selected: copy it with the keyboard.'}
        </span>
      </div>
    </div>
  );
}

function LinkList({ peerId, onRevoked }: { peerId: string; onRevoked: (id: string) => void }) {
  const api = useApi();
  const client = useQueryClient();
  const { dates } = useEnvironment();
  const options = shareLinksQuery(api, peerId);
  const query = useQuery(options);
  const revoking = useMutation({
    mutationFn: (id: string) =>
      api.send(
        'DELETE',
        `${peerPath(peerId)}/share-links/${encodeURIComponent(id)}`,
        undefined,
        z.undefined(),
      ),
    onSuccess: (_nothing, id) => onRevoked(id),
    onSettled: () => client.invalidateQueries(options),
  });
  const problem = problemOf(query);
  if (problem !== undefined) return <ProblemNotice problem={problem} queryKey={options.queryKey} />;
  if (query.data === undefined) return <Waiting label="Loading the links" height={80} />;
  const { shareLinks } = query.data;
  return (
    <section aria-label="Links that work">
      <h3 className="share-title">Links that work</h3>
      {shareLinks.length === 0 && <p className="share-lead">None.</p>}
      <ul className="share-list">
        {shareLinks.map(({ id, label, expiresAt }) => (
          <li key={id}>
            <span className="share-link-name">
              {label === undefined ? 'Without a label' : <bdi>{label}</bdi>}
              <span className="share-link-note">
                until {dates.day(dayOf(Date.parse(expiresAt)))}, id …{id.slice(-6)}
              </span>
            </span>
            <Button
              variant="default"
              size="xs"
              aria-label={`Revoke the link …${id.slice(-6)}`}
              disabled={revoking.isPending}
              onClick={() => revoking.mutate(id)}
            >
              Revoke
            </Button>
          </li>
        ))}
      </ul>
      {revoking.error !== null && <Notice tone="error">{saying(revoking.error)}</Notice>}
    </section>
  );
}

function saying(error: Error): string {
  return error instanceof RequestProblem ? error.message : 'Something went wrong on this page.';
}
