import { compareTexts } from './compare-texts.ts';
import { dashboardLink } from './dashboard-link.ts';
import type { ChannelFinding } from './findings/findings.ts';
import type { JudgedPeer } from './health.ts';
import { type Notification, type NotificationPayload, notification } from './notification.ts';
import { toldId } from './told-id.ts';
import { type EpochMillis, isoSeconds, type UtcDay } from './utc-day.ts';

// What people are told of findings: that one has begun, that its severity has changed, that it has ended. It is the same
// finding as long as its code is found about its channel, whatever its numbers are.

/** A finding that people were told of, and that had not ended when its peer was judged last. */
export interface OpenFinding {
  code: string;
  channelId: string;
  /** As people were told last. */
  severity: ChannelFinding['severity'];
  /** The number of the notification that told that it has begun, among all of its peer. */
  sequence: number;
  /** The first day on which it was found. */
  since: UtcDay;
}

/** What people know of a peer's findings. */
export interface ToldFindings {
  openFindings: readonly OpenFinding[];
  /** How many notifications of the peer there were. */
  sequence: number;
}

/** Something that people are to be told of a finding. */
type Transition =
  | { type: 'finding.begun'; finding: ChannelFinding }
  | { type: 'finding.changed'; finding: ChannelFinding; open: OpenFinding }
  | { type: 'finding.ended'; open: OpenFinding };

/** What a peer's findings are told for, beside what was found. */
export interface AlertContext {
  peerId: string;
  /** What was found on the day that was judged. */
  judged: JudgedPeer;
  /** Where the dashboard is, as a URL. */
  dashboardUrl: string;
  now: EpochMillis;
}

/** What people are told next, and which findings they know of from then on. */
export interface NextAlerts {
  openFindings: OpenFinding[];
  /** In the order in which they are told, at least one. The first has the number behind `sequence` of what they knew. */
  notifications: Notification[];
}

/**
 * What people are told of a peer's findings, where there is something: first what has ended, then what has changed,
 * then what has begun, the latter as health answers it. Where that is more than may be told at once the rest follows
 * from the findings that are open then.
 *
 * @param most how many notifications there may be, 1 at least
 */
export function nextAlerts(told: ToldFindings, context: AlertContext, most: number): NextAlerts | undefined {
  const next = transitions(told.openFindings, context.judged.findings).slice(0, most);
  if (next.length === 0) return undefined;
  const open = new Map(told.openFindings.map((finding) => [identityOf(finding), finding]));
  const notifications = next.map((transition, index) => {
    const sequence = told.sequence + index + 1;
    const finding = findingOf(transition, sequence, context.judged.through);
    if (transition.type === 'finding.ended') open.delete(identityOf(finding));
    else open.set(identityOf(finding), finding);
    const id = findingId(context.peerId, finding);
    return notification(notificationId(id, sequence), payloadOf(transition, finding, id, context));
  });
  return { openFindings: [...open.values()], notifications };
}

/** What a finding is the same by, among those of its peer. */
function identityOf({ code, channelId }: { code: string; channelId: string }): string {
  return JSON.stringify([code, channelId]);
}

function transitions(known: readonly OpenFinding[], found: readonly ChannelFinding[]): Transition[] {
  const open = new Map(known.map((finding) => [identityOf(finding), finding]));
  const lasting = new Set(found.map(identityOf));
  const ended = known
    .filter((finding) => !lasting.has(identityOf(finding)))
    .toSorted((a, b) => compareTexts(a.channelId, b.channelId) || compareTexts(a.code, b.code))
    .map((finding): Transition => ({ type: 'finding.ended', open: finding }));
  const others = found.flatMap((finding): Transition[] => {
    const before = open.get(identityOf(finding));
    if (before === undefined) return [{ type: 'finding.begun', finding }];
    return before.severity === finding.severity ? [] : [{ type: 'finding.changed', finding, open: before }];
  });
  const { changed = [], begun = [] } = Object.groupBy(others, ({ type }) =>
    type === 'finding.changed' ? 'changed' : 'begun',
  );
  return [...ended, ...changed, ...begun];
}

/** The finding of a transition, as people know it afterwards. */
function findingOf(transition: Transition, sequence: number, day: UtcDay): OpenFinding {
  switch (transition.type) {
    case 'finding.begun': {
      const { code, channelId, severity } = transition.finding;
      return { code, channelId, severity, sequence, since: day };
    }
    case 'finding.changed':
      return { ...transition.open, severity: transition.finding.severity };
    case 'finding.ended':
      return transition.open;
  }
}

/** The id of a finding, which it keeps until it ends; where it comes back it is another one, with another id. */
function findingId(peerId: string, { code, channelId, sequence }: OpenFinding): string {
  return toldId([peerId, code, channelId, sequence]);
}

/** @param sequence the number of the notification among those of its peer */
function notificationId(finding: string, sequence: number): string {
  return toldId([finding, sequence]);
}

function payloadOf(
  transition: Transition,
  { code, channelId, severity, since }: OpenFinding,
  id: string,
  { peerId, judged, dashboardUrl, now }: AlertContext,
): NotificationPayload {
  const channelName = judged.channelNames.get(channelId);
  return {
    type: transition.type,
    timestamp: isoSeconds(now),
    data: {
      findingId: id,
      peerId,
      day: judged.through,
      since,
      code,
      severity,
      ...(transition.type === 'finding.changed' && { previousSeverity: transition.open.severity }),
      channelId,
      channelName: channelName ?? channelId,
      ...(transition.type !== 'finding.ended' && { finding: transition.finding }),
      url: dashboardLink(dashboardUrl, { peerId, channelId }),
    },
  };
}
