import * as z from 'zod/mini';
import { type ChannelRecord, channelNameOf } from '../channel.ts';
import type { DayCounts, PeerUsage } from '../channel-stats.ts';
import { component, described } from '../described.ts';
import type { DayRange } from '../interval.ts';
import type { UtcDay } from '../utc-day.ts';

/** A number that a finding is judged by, which can be set per peer. It is whole. */
export interface Threshold {
  /** The field of the health settings that holds it. */
  name: string;
  /** What it is for a peer for which none was set. */
  default: number;
  /** What it may be set to, both limits included. */
  least: number;
  most: number;
  /** What the API description says of it. */
  description: string;
}

/** The values of some thresholds, under their names. */
export type SettingsOf<Some extends Threshold> = Readonly<Record<Some['name'], number>>;

/** What a channel is judged on. */
export interface ChannelUse {
  channel: ChannelRecord;
  days: DayCounts[];
  /** Messages by how many days before the last complete one they were sent; from 0 on. */
  messages: readonly number[];
}

/** What all channels of a peer are judged on. */
export interface PeerUse {
  /** The last day that is judged: the last one that is over. */
  through: UtcDay;
  /** The channels that are judged, by `channelId`. */
  channels: readonly ChannelUse[];
  /** What is stored of the peer, with the channels that are not judged. */
  usage: PeerUsage;
}

/** A number that a finding was judged on, to be read by people: whoever shows it knows how they write it. */
export type Figure = {
  label: string;
  /** The day that the label ends with. */
  labelDay?: UtcDay;
} & (
  | { kind: 'count' | 'days' | 'percent' | 'above percent' | 'below percent'; value: number }
  /** `null` is never. */
  | { kind: 'day'; value: UtcDay | null }
  | { kind: 'range'; value: DayRange }
);

/** A health finding: what there is to find about a channel. */
interface Definition<Code, Severity, Evidence extends z.ZodMiniType, Settings> {
  code: Code;
  /** A `warning` needs attention; an `info` is good to know. */
  severity: Severity;
  /** Its name in the API description, as a component. */
  id: `${string}Finding`;
  /** What it is, for the API description. */
  description: string;
  /** What it is called in a list of findings. */
  shortName: string;
  /** Where it is found, for the API description; what comes `of` it is told once of all that share it. */
  where: { is: string; of?: string };
  /** The numbers that it is judged on. */
  evidence: Evidence;
  /** So many days before the last complete one must be known to its rule. */
  reachesBack: number;
  /**
   * Judges the channels of a peer, by the thresholds that it names.
   *
   * @returns what judges one channel: its evidence where it is found, and nothing where it is not
   */
  rule: (peer: PeerUse, settings: Settings) => (channel: ChannelUse) => z.output<Evidence> | undefined;
  /**
   * What was found, with the numbers.
   *
   * @param name the name that the channel is shown by, as it is
   */
  sentence: (name: string, evidence: z.output<Evidence>) => string;
  /** The evidence, to be read by people. */
  figures: (evidence: z.output<Evidence>) => Figure[];
  /** An example for the API description, where one is shown. */
  example?: { channelId: string; channelName: string; evidence: z.output<Evidence> };
}

/** A sentence about a channel, divided at the name in it. */
export interface SentenceWithName {
  before: string;
  name: string;
  after: string;
}

/** Stands for a name in a sentence; no name and no other word of it holds this. */
const NAME = '\0';

/** Defines a health finding. Its thresholds are those that its rule asks for. */
export function finding<
  const Code extends string,
  const Severity extends 'warning' | 'info',
  Evidence extends z.ZodMiniType,
  Settings,
>(definition: Definition<Code, Severity, Evidence, Settings>) {
  const { code, severity, evidence, rule, sentence, example } = definition;
  function found(channelId: string, channelName: string, numbers: z.output<Evidence>) {
    return { code, severity, channelId, message: sentence(channelName, numbers), evidence: numbers };
  }
  return {
    code,
    severity,
    shortName: definition.shortName,
    where: definition.where,
    reachesBack: definition.reachesBack,

    /** A finding of this code, as it is answered. */
    schema: component(
      definition.id,
      definition.description,
      z.object({
        code: described(z.literal(code), 'What was found.'),
        severity: described(
          z.literal(severity),
          '`warning`: it needs attention. `info`: it is good to know.',
        ),
        channelId: described(z.string(), 'The channel.'),
        message: described(
          z.string(),
          'What was found, in one sentence, with the name and the numbers. The name comes from outside.',
        ),
        evidence,
      }),
    ),

    /** The channels of a peer about which it is found, by `channelId`. */
    findIn(peer: PeerUse, settings: Settings) {
      const judge = rule(peer, settings);
      return peer.channels.flatMap((use) => {
        const numbers = judge(use);
        const { channel } = use;
        return numbers === undefined ? [] : [found(channel.channelId, channelNameOf(channel), numbers)];
      });
    },

    /** The evidence of a finding, to be read by people; nothing of a finding with another code. */
    figuresOf(other: { code: string; evidence: unknown }): Figure[] {
      return other.code === code ? definition.figures(z.parse(evidence, other.evidence)) : [];
    },

    /**
     * The message of a finding, divided at the name; nothing of a finding with another code, or where the
     * message says something else than this sentence.
     */
    sentenceOf(other: { code: string; message: string; evidence: unknown }): SentenceWithName | undefined {
      if (other.code !== code) return undefined;
      const { message } = other;
      const [before = '', after = ''] = sentence(NAME, z.parse(evidence, other.evidence)).split(NAME);
      if (!message.startsWith(before) || !message.slice(before.length).endsWith(after)) return undefined;
      return { before, name: message.slice(before.length, message.length - after.length), after };
    },

    examples: example === undefined ? [] : [found(example.channelId, example.channelName, example.evidence)],
  };
}
