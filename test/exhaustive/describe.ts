import { QueryCommand } from '@aws-sdk/lib-dynamodb';
import type { Command } from '../support/database/in-memory/in-memory-dynamodb.ts';
import type { Call } from './actor.ts';
import { keysOf, type Outcome, type Way } from './shared-store.ts';

/** A step that was taken. */
export interface Step {
  name: string;
  call: { kind: 'command'; command: Command } | { kind: Exclude<Call['kind'], 'command'> };
  way: Way;
  outcome: Outcome;
}

/** A step as people read it: who, which command, of which items, and what it came to. */
export function describeStep({ name, call, way, outcome }: Step): string {
  return `${name.padEnd(10)} ${whatOf(call)} -> ${resultOf(way, outcome)}`;
}

function whatOf(call: Step['call']): string {
  switch (call.kind) {
    case 'look':
      return 'looks at what is counted';
    case 'pause':
      return 'ends a pause';
    case 'whole':
      return 'has its transaction seen whole';
    default: {
      const { command } = call;
      const kind = command.constructor.name.replace('Command', '');
      const items =
        command instanceof QueryCommand
          ? Object.values(command.input.ExpressionAttributeValues ?? {}).map(String)
          : keysOf(command).map(({ pk, sk }) => `${pk} ${sk}`);
      return `${kind} ${items.join(', ')}`;
    }
  }
}

function resultOf(way: Way, { answer }: Outcome): string {
  const what =
    way.kind === 'torn' || way.kind === 'stale'
      ? `${way.kind}: ${way.items.map(plain).join(', ')}`
      : way.kind;
  if (answer === undefined) return `${what}: its process is gone`;
  if (!('error' in answer)) return way.kind === 'done' ? 'done' : `${what}, answered`;
  const { error } = answer;
  const {
    name = 'error',
    CancellationReasons: reasons = [],
  }: { name?: string; CancellationReasons?: { Code?: string }[] } = Object(error);
  const codes = reasons.map(({ Code: code = '?' }) => code).join(', ');
  return `${way.kind === 'done' ? '' : `${what}: `}${name}${codes === '' ? '' : ` [${codes}]`}`;
}

function plain(name: string): string {
  return name.replace('\n', ' ');
}
