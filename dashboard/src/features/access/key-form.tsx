import { Button, TextInput } from '@mantine/core';
import { type FormEvent, useEffect, useRef, useState } from 'react';
import { apiClient, isSendableKey } from '../../api/api-client.ts';
import { tryAccess } from '../../api/queries.ts';
import { RequestProblem } from '../../api/request-problem.ts';
import { Notice } from '../../components/notice.tsx';
import { useEnvironment } from '../../environment.ts';
import './key-form.css';

export interface KeyFormProps {
  /** Whether a key that worked before, or was kept, does not work. */
  wasRefused: boolean;
  /** Called with a key that works. */
  onKey: (key: string) => void;
}

const REFUSED = 'The API key does not work. It is wrong, has expired or was revoked.';
const NOT_A_KEY = 'This is not an API key. A key reads cua_…, without spaces.';

/** Asks for the API key, and tries it. */
export function KeyForm({ wasRefused, onKey }: KeyFormProps) {
  const environment = useEnvironment();
  const [typed, setTyped] = useState('');
  const [problem, setProblem] = useState(wasRefused ? REFUSED : undefined);
  const [isTrying, setIsTrying] = useState(false);
  const field = useRef<HTMLInputElement>(null);
  // There is nothing else to do here.
  useEffect(() => field.current?.focus(), []);

  const submit = async (event: FormEvent) => {
    event.preventDefault();
    const key = typed.trim();
    if (!isSendableKey(key)) {
      setProblem(NOT_A_KEY);
      return;
    }
    setIsTrying(true);
    const found = await tryKey(key, environment.fetch);
    setIsTrying(false);
    setProblem(found);
    if (found === undefined) onKey(key);
  };

  return (
    <main className="key-page">
      <form className="key-form" onSubmit={submit}>
        <h1>Channel Usage Analytics</h1>
        <p className="key-form-lead">See how the channels of your peers are used.</p>
        {problem !== undefined && <Notice tone="error">{problem}</Notice>}
        <TextInput
          ref={field}
          type="password"
          label="API key"
          description="It needs the scope stats:read, and stays in this tab until you close it."
          autoComplete="off"
          spellCheck={false}
          size="md"
          value={typed}
          onChange={(event) => setTyped(event.currentTarget.value)}
        />
        <Button type="submit" size="md" loading={isTrying}>
          Show usage
        </Button>
        <p className="key-form-note">
          No key yet? Whoever runs the service makes one. The <a href="docs">API reference</a> says what else
          it is good for.
        </p>
      </form>
    </main>
  );
}

/** Says what is wrong with a key, or nothing where it works. */
async function tryKey(key: string, fetch: typeof globalThis.fetch): Promise<string | undefined> {
  const api = apiClient({ key, fetch, timeLimit: (ms) => AbortSignal.timeout(ms) });
  try {
    await tryAccess(api, new AbortController().signal);
    return undefined;
  } catch (error) {
    if (!(error instanceof RequestProblem)) throw error;
    return sayProblem(error);
  }
}

function sayProblem({ kind, message, requestId }: RequestProblem): string {
  switch (kind) {
    case 'unauthenticated':
      return REFUSED;
    case 'unreachable':
      return 'No connection. The service cannot be reached. Please try again.';
    case 'busy':
      return 'The service is busy. Please try again in a moment.';
    case 'failed':
      return `${message} Please try again. ${requestId === undefined ? '' : `Request ${requestId}`}`.trim();
    default:
      return message;
  }
}
