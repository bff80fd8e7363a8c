import * as z from 'zod/mini';
import type { UsedChannel } from '../channel.ts';
import type { DayCounts, PeerUsage } from '../channel-stats.ts';
import { component, described } from '../described.ts';
import type { DayRange } from '../interval.ts';
import type { UtcDay } from '../utc-day.ts';
import { inEnglish, type Quantity, type Sentence } from './sentence.ts';

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
  channel: UsedChannel;
  /** What it is called among the channels that are judged. */
  name: string;
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
  | Quantity
  | { kind: 'above percent' | 'below percent'; value: number }
  | { kind: 'never' }
  /** RFC 3339, in UTC. */
  | { kind: 'instant'; value: string }
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
  /** What is said of several channels about which it is found, behind how many they are. */
  several: string;
  /** What was found, with the numbers. All of them are in the evidence. */
  sentence: (evidence: z.output<Evidence>) => Sentence;
  /** The evidence, to be read by people. */
  figures: (evidence: z.output<Evidence>) => Figure[];
  /** An example for the API description, where one is shown. */
  example?: { channelId: string; channelName: string; evidence: z.output<Evidence> };
}

/** Defines a health finding. Its thresholds are those that its rule asks for. */
export function finding<
  const Code extends string,
  const Severity extends 'warning' | 'info',
  Evidence extends z.ZodMiniType,
  Settings,
>(definition: Definition<Code, Severity, Evidence, Settings>) {
  const { code, severity, evidence, rule, sentence, example } = definition;
  function found(channelId: string, channelName: string, numbers: z.output<Evidence>) {
    const message = inEnglish(sentence(numbers), channelName);
    return { code, severity, channelId, message, evidence: numbers };
  }
  return {
    code,
    severity,
    shortName: definition.shortName,
    several: definition.several,
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
          'What was found, in one English sentence, with the name and the numbers, all of which are in the ' +
            'evidence. The name comes from outside; where another enabled channel has the same one, the id of ' +
            'the channel follows in parentheses.',
        ),
        evidence,
      }),
    ),

    /** The channels of a peer about which it is found, by `channelId`. */
    findIn(peer: PeerUse, settings: Settings) {
      const judge = rule(peer, settings);
      return peer.channels.flatMap((use) => {
        const numbers = judge(use);
        return numbers === undefined ? [] : [found(use.channel.channelId, use.name, numbers)];
      });
    },

    /** The evidence of a finding, to be read by people; nothing of a finding with another code. */
    figuresOf(other: { code: string; evidence: unknown }): Figure[] {
      return other.code === code ? definition.figures(z.parse(evidence, other.evidence)) : [];
    },

    /** The sentence of a finding, to be written for its reader; nothing of a finding with another code. */
    sentenceOf(other: { code: string; evidence: unknown }): Sentence | undefined {
      return other.code === code ? sentence(z.parse(evidence, other.evidence)) : undefined;
    },

    examples: example === undefined ? [] : [found(example.channelId, example.channelName, example.evidence)],
  };
}
