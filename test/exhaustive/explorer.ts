import { setImmediate as macrotask } from 'node:timers/promises';
import { nameOfKey } from '../../functions/shared/store/items/keys.ts';
import { Actor, type Call, type Role } from './actor.ts';
import { describeStep, type Step } from './describe.ts';
import { shortened } from './fingerprint.ts';
import {
  type Answer,
  isReadByKeys,
  keysOf,
  type Outcome,
  type SharedStore,
  type Way,
} from './shared-store.ts';

/** How far schedules may depart from one actor after the other, without a fault. */
export interface Scope {
  /** How often somebody else goes on although the one whose turn it was could. */
  preemptions: number;
  faults: number;
}

/** A small world in which every schedule is tried. */
export interface World {
  store: SharedStore;
  roles: readonly Role[];
  /** Looks at what is stored, at any moment at which all of it is seen. @throws where something is wrong */
  check(): Promise<void>;
  /** Looks at what has come of it in the end, and may change it. @throws where something is wrong */
  checkEnd(): Promise<void>;
}

/** What came of trying every schedule. */
export interface Exploration {
  /** How many different schedules there are. */
  schedules: number;
  /** How many states they lead through. */
  states: number;
  /** How many states were reached again in another way, from where on nothing new can happen. */
  pruned: number;
  /** How many schedules were begun, to come to every state. */
  executed: number;
  violation?: Violation;
}

/** A schedule in which something is wrong. */
export interface Violation {
  problem: string;
  steps: string[];
}

/** Whose step is taken, and how. */
interface Choice {
  actor: number;
  way: Way;
}

/** A step that was taken, with what has to be known to take it again without the others. */
interface Taken {
  actor: number;
  step: Step;
  /** What stands for all that the actor has been answered. */
  known: string;
  /** What is left of the scope. */
  left: Scope;
}

/** The steps that lead somewhere, the last one first. */
interface Path {
  taken: Taken;
  before: Path | undefined;
}

/** A step that is still to be tried. */
interface Open {
  /** What comes before it. */
  path: Path | undefined;
  /** Who is over by then. */
  over: readonly boolean[];
  choice: Choice | undefined;
  name: string;
}

/** A step that can be taken, and what it leads to. */
interface Edge {
  choice: Choice;
  /** Stands for what it leads to, before anybody has looked who is over then. */
  name: string;
}

/** What a step comes to. */
interface Foresight {
  outcome: Outcome;
  /** What stands for all that the actor will have been answered. */
  known: string;
  /** What stands for what will be stored. */
  store: string;
}

/** What is wrong, where something is. */
type Problem = { error: unknown } | undefined;

/** What was found out of steps by taking them and taking them back, by what is stored and by who would take them. */
interface Foreseen {
  ways: Map<string, Way[]>;
  results: Map<string, Foresight>;
  /** The names of all items that any schedule writes. */
  written: Set<string>;
}

const NOTHING_DONE: Outcome = { isTorn: false, changes: [], lagging: [] };
const DONE: Way = { kind: 'done' };
/** No schedule takes as many steps, unless somebody goes on for ever. */
const MOST_STEPS = 2_000;
/** So many schedules in which something is wrong are compared, to show a short one where the shortest is too far. */
const MOST_VIOLATIONS = 20;
/** So many schedules are begun at most to find the shortest one in which something is wrong. */
const MOST_BEGUN = 20_000;

/** An item is written that no schedule had written until then. */
class NewlyWrittenError extends Error {
  override name = 'NewlyWrittenError';
}

/**
 * Tries every schedule of a world within a scope, depth first. What product code has on its mind can be
 * neither copied nor put back, but follows from what it was answered: to come back to where a schedule may go on in
 * another way, each actor is given again what it was answered until then.
 *
 * A state is: what is stored (and not seen yet), what every actor was answered so far, whose turn it is, and what is left
 * of preemptions and faults. Of an actor that is over nothing is remembered, because it does nothing more. From the same
 * state on exactly the same may happen. So a schedule that comes to a state which was reached before is not followed any
 * further, and none is lost: all that could follow is tried from where the state was met first. This covers steps that
 * commute, such as reads of different items: both orders lead to the same state. What is checked (figures that are
 * stored, and what a reader has been given) is part of the state as well. Actors that do exactly the same are told apart
 * by what they were answered alone: two states in which they have changed places are one.
 */
export class Explorer {
  readonly #world: World;
  readonly #scope: Scope;
  readonly #start: number;
  readonly #states = new Map<string, string[]>();
  readonly #leadsTo = new Map<string, string>();
  /** What is wrong with what is stored at some moment, or in the end, where it was looked at. */
  readonly #checked = new Map<string, Problem>();
  readonly #ended = new Map<string, Problem>();
  readonly #foreseen: Foreseen = { ways: new Map(), results: new Map(), written: new Set() };
  readonly #open: Open[] = [];
  #pruned = 0;
  #executed = 0;

  constructor(world: World, scope: Scope) {
    this.#world = world;
    this.#scope = scope;
    this.#start = world.store.dynamodb.mark();
  }

  /** Tries every schedule. Where something is wrong in some, it gives the shortest of those. */
  async explore(): Promise<Exploration> {
    let end = await this.#exploreOnce();
    while (end === 'begin anew') end = await this.#exploreOnce();
    if (end !== undefined) end = await this.#shortest(end);
    this.#world.store.rollBack(this.#start);
    return {
      schedules: end === undefined ? this.#count(this.#leadsTo.get('') ?? '', new Map()) : 0,
      states: this.#states.size,
      pruned: this.#pruned,
      executed: this.#executed,
      ...(end !== undefined && { violation: end }),
    };
  }

  #forget(): void {
    this.#states.clear();
    this.#leadsTo.clear();
    this.#pruned = 0;
    this.#executed = 0;
    this.#open.splice(0, Number.POSITIVE_INFINITY, {
      path: undefined,
      over: [],
      choice: undefined,
      name: '',
    });
  }

  /**
   * Tries all schedules at once, a step of each at a time: the first in which something is wrong is the shortest. Where
   * that takes too long, it is one that is known.
   */
  async #shortest(known: Violation): Promise<Violation> {
    this.#forget();
    for (let begun = 0; begun < MOST_BEGUN && this.#open.length > 0; ) {
      // What is opened from here on is one step longer.
      for (const next of this.#open.splice(0)) {
        if (this.#leadsTo.has(next.name)) continue;
        begun += 1;
        const end = await this.#execute(next, { isOneStep: true });
        if (end === 'begin anew') return this.#shortest(known);
        if (end !== undefined) return end.steps.length < known.steps.length ? end : known;
        if (begun >= MOST_BEGUN) break;
      }
    }
    return known;
  }

  /** @returns nothing where all is right */
  async #exploreOnce(): Promise<Violation | 'begin anew' | undefined> {
    this.#forget();
    let shortest: Violation | undefined;
    for (let violations = 0; violations < MOST_VIOLATIONS; ) {
      const next = this.#open.pop();
      if (next === undefined) break;
      if (this.#leadsTo.has(next.name)) {
        this.#pruned += 1;
        continue;
      }
      const end = await this.#execute(next);
      if (end === 'begin anew') return end;
      if (end === undefined) continue;
      violations += 1;
      if (shortest === undefined || end.steps.length < shortest.steps.length) shortest = end;
    }
    return shortest;
  }

  /** Follows a path, and goes on from its end until it comes to a state that is known, or for one step. */
  async #execute(
    { path, over, choice, name }: Open,
    { isOneStep } = { isOneStep: false },
  ): Promise<Violation | 'begin anew' | undefined> {
    this.#executed += 1;
    const run = new Run(this.#world, this.#scope, { start: this.#start, foreseen: this.#foreseen, over });
    let last = path;
    try {
      await run.repeat(stepsOf(path));
      let next = choice;
      for (let leading = name; ; ) {
        if (next !== undefined) last = { taken: run.take(next), before: last };
        await run.ready();
        await this.#checkNow();
        const state = run.state();
        this.#leadsTo.set(leading, state);
        if (this.#states.has(state)) break;
        const edges = run.edges();
        this.#states.set(
          state,
          edges.map((edge) => edge.name),
        );
        const [first] = edges;
        if (first === undefined) {
          if (run.isEverybodyOver) await this.#checkEnd();
          return undefined;
        }
        const later = isOneStep ? edges : edges.slice(1);
        for (const edge of later.reverse()) this.#open.push({ ...edge, path: last, over: run.over });
        if (isOneStep) return undefined;
        if (this.#leadsTo.has(first.name)) break;
        next = first.choice;
        leading = first.name;
      }
      this.#pruned += 1;
      return undefined;
    } catch (error) {
      if (error instanceof NewlyWrittenError) return 'begin anew';
      return {
        problem: error instanceof Error ? error.message : String(error),
        steps: run.steps.map(describeStep),
      };
    }
  }

  /** Looks at everything that is stored at some moment, once where it is the same. */
  async #checkNow(): Promise<void> {
    const { store } = this.#world;
    if (store.isWhole) await checkOnce(this.#checked, store.text, () => this.#world.check());
  }

  async #checkEnd(): Promise<void> {
    await checkOnce(this.#ended, this.#world.store.text, () => this.#world.checkEnd());
  }

  /** How many ways lead from a state to an end. */
  #count(state: string, known: Map<string, number>): number {
    const found = known.get(state);
    if (found !== undefined) return found;
    const edges = this.#states.get(state) ?? [];
    const sum = edges.reduce((total, name) => total + this.#count(this.#leadsTo.get(name) ?? '', known), 0);
    known.set(state, edges.length === 0 ? 1 : sum);
    return edges.length === 0 ? 1 : sum;
  }
}

/** One schedule that is executed. */
class Run {
  readonly #store: SharedStore;
  readonly #actors: readonly Actor[];
  readonly #left: Scope;
  readonly #foreseen: Foreseen;
  #current: Actor | undefined;
  #hadFault = false;
  readonly steps: Step[] = [];

  constructor(
    { store, roles }: World,
    scope: Scope,
    { start, foreseen, over }: { start: number; foreseen: Foreseen; over: readonly boolean[] },
  ) {
    store.rollBack(start);
    this.#foreseen = foreseen;
    this.#store = store;
    this.#left = { ...scope };
    this.#actors = roles.map((role, index) => new Actor(role, () => this.#hadFault, over[index]));
  }

  /**
   * Takes steps again whose outcome is known. Each actor is given its answers without regard to the others, and those
   * that are over by then need not do anything again.
   */
  async repeat(steps: readonly Taken[]): Promise<void> {
    for (const { step } of steps) this.#applyStep(step);
    const last = steps.at(-1);
    if (last === undefined) return this.ready();
    Object.assign(this.#left, last.left);
    this.#current = this.#actors[last.actor];
    const ofActors = Map.groupBy(steps, ({ actor }) => this.#actors[actor]);
    for (let round = 0, isLast = false; !isLast; round += 1) {
      await this.ready();
      isLast = true;
      for (const [actor, ofActor] of ofActors) {
        const taken = ofActor[round];
        if (actor === undefined || actor.wasOver || taken === undefined) continue;
        actor.take(taken.step.outcome.answer, takenBy(taken));
        isLast = false;
      }
    }
  }

  /** Who is over. */
  get over(): boolean[] {
    return this.#actors.map(({ isOver }) => isOver);
  }

  /** Waits until every actor has come to its next step. @throws what one of them says is wrong */
  async ready(): Promise<void> {
    // Product code waits for nothing but the answers to its calls: no timer, nothing that is read from elsewhere.
    await macrotask();
    for (const { failure } of this.#actors) if (failure !== undefined) throw failure.error;
    if (this.steps.length > MOST_STEPS) throw new Error(`somebody goes on for ever: ${MOST_STEPS} steps`);
  }

  /** Tells this state from all others. */
  state(): string {
    return this.#name(this.#actors.map((actor) => this.#textOf(actor, actor.text, this.#current)));
  }

  /** Every step that can be taken now: first that of the actor whose turn it is. */
  edges(): Edge[] {
    const current = this.#ableToGoOn;
    const edges = new Map<string, Edge>();
    if (this.#actors.some(({ role, isOver }) => role.isPassive && isOver)) return [];
    const others = this.#actors.filter(
      (actor) => actor !== current && this.#isAble(actor) && this.#isWorthwhile(actor, current),
    );
    const mayPreempt = this.#left.preemptions > 0 && current !== undefined && !this.#isQuiet(current);
    const going = current === undefined ? others : [current, ...(mayPreempt ? others : [])];
    for (const actor of going) {
      for (const way of this.#waysOf(actor)) {
        const choice = { actor: this.#actors.indexOf(actor), way };
        const name = this.#nameAfter(choice, current);
        if (!edges.has(name)) edges.set(name, { choice, name });
      }
    }
    return [...edges.values()];
  }

  /** @throws NewlyWrittenError where an item is written that was taken for one that nobody writes */
  take(choice: Choice): Taken {
    const actor = this.#actorOf(choice);
    const { next } = actor;
    const { outcome, known } = this.#foresee(actor, choice.way);
    this.#spend(choice, this.#ableToGoOn);
    this.#current = actor;
    const call = next.kind === 'command' ? { kind: next.kind, command: next.command } : { kind: next.kind };
    const step: Step = { name: actor.role.name, call, way: choice.way, outcome };
    this.#applyStep(step);
    this.#noteWritten(outcome);
    const taken = { actor: choice.actor, step, known, left: { ...this.#left } };
    actor.take(outcome.answer, takenBy(taken));
    return taken;
  }

  #applyStep(step: Step): void {
    this.steps.push(step);
    if (step.way.kind !== 'done') this.#hadFault = true;
    this.#store.apply(step.outcome);
    if (step.call.kind === 'whole') this.#store.makeWhole();
  }

  /**
   * Whether somebody may begin. Whoever only reads changes nothing for all others: what it reads without being
   * interrupted is looked at by itself, wherever something new is stored; and once it is over, what follows is what
   * follows without it, so that a schedule ends there.
   */
  #isWorthwhile({ role, hasBegun }: Actor, current: Actor | undefined): boolean {
    return !role.isPassive || hasBegun || this.#left.preemptions > (current === undefined ? 0 : 1);
  }

  get isEverybodyOver(): boolean {
    return this.#actors.every(({ role, isOver }) => isOver || role.isPassive);
  }

  /** The actor whose turn it is, where it could go on. */
  get #ableToGoOn(): Actor | undefined {
    return this.#current?.isGoing === true && this.#isAble(this.#current) ? this.#current : undefined;
  }

  /** Whether there is a step to take. A pause lasts longer than a transaction that is not seen whole yet. */
  #isAble(actor: Actor): boolean {
    return !actor.isOver && (this.#store.isWhole || actor.next.kind !== 'pause');
  }

  #noteWritten({ changes }: Outcome): void {
    const { written } = this.#foreseen;
    const { size } = written;
    for (const { key } of changes) written.add(nameOfKey(key));
    if (written.size > size) throw new NewlyWrittenError('an item is written that nobody wrote before');
  }

  /**
   * Whether a call reads nothing but items by their keys that no schedule of this world writes. What it is answered does
   * not depend on when it is made, and nobody sees that it is made: it commutes with every step of all others. So
   * nothing is lost where nobody else goes on just before it: whatever may happen then happens behind it as well.
   */
  #isQuiet({ next }: Actor): boolean {
    if (next.kind !== 'command' || !isReadByKeys(next.command)) return false;
    return !keysOf(next.command).some((key) => this.#foreseen.written.has(nameOfKey(key)));
  }

  #waysOf(actor: Actor): Way[] {
    const { next, role } = actor;
    if (next.kind !== 'command' || this.#left.faults === 0) return [DONE];
    // Nobody sees a transaction that is not whole unless it is somebody else's turn meanwhile.
    const mayTear = this.#left.preemptions > 0;
    return remembered(this.#foreseen.ways, `${mayTear} ${actor.text}\n${this.#store.text}`, () => [
      DONE,
      ...this.#store.faultsOf(next.command, { mayDie: role.mayDie, mayTear }),
    ]);
  }

  /** What a step comes to, and what is known then, without taking it. */
  #foresee(actor: Actor, way: Way): Foresight {
    const question = `${textOfWay(way)} ${actor.text}\n${this.#store.text}`;
    return remembered(this.#foreseen.results, question, () => {
      const { next } = actor;
      const outcome =
        next.kind === 'command'
          ? this.#store.foresee(next.command, way)
          : { ...NOTHING_DONE, answer: answerOf(next) };
      return this.#store.peek(() => {
        this.#store.apply(outcome);
        if (next.kind === 'whole') this.#store.makeWhole();
        return { outcome, known: actor.knownAfter(outcome.answer, outcome.isTorn), store: this.#store.text };
      });
    });
  }

  /** What a choice leads to, without making it. */
  #nameAfter(choice: Choice, current: Actor | undefined): string {
    const actor = this.#actorOf(choice);
    const before = { ...this.#left };
    const after = this.#foresee(actor, choice.way);
    this.#spend(choice, current);
    const texts = this.#actors.map((one) =>
      this.#textOf(one, one === actor ? one.textAfter(after.known) : one.text, actor),
    );
    const name = this.#name([...texts, 'not looked at yet'], after.store);
    Object.assign(this.#left, before);
    return name;
  }

  #spend({ actor, way }: Choice, current: Actor | undefined): void {
    if (current !== undefined && current !== this.#actors[actor]) this.#left.preemptions -= 1;
    if (way.kind !== 'done') this.#left.faults -= 1;
  }

  #textOf(actor: Actor, text: string, current: Actor | undefined): string {
    return actor === current ? `${text} now` : text;
  }

  /** Actors that do the same are in no order. */
  #name(texts: readonly string[], stored = this.#store.text): string {
    const { preemptions, faults } = this.#left;
    return shortened([stored, preemptions, faults, ...[...texts].sort()].join('\n'));
  }

  #actorOf({ actor }: Choice): Actor {
    const found = this.#actors[actor];
    if (found === undefined) throw new Error(`there is no actor ${actor}`);
    return found;
  }
}

/** Looks at something, and remembers what is wrong with it. @throws that, whenever it is looked at */
async function checkOnce(
  known: Map<string, Problem>,
  text: string,
  check: () => Promise<void>,
): Promise<void> {
  let problem = known.get(text);
  if (!known.has(text)) {
    try {
      await check();
    } catch (error) {
      problem = { error };
    }
    known.set(text, problem);
  }
  if (problem !== undefined) throw problem.error;
}

function stepsOf(path: Path | undefined): Taken[] {
  const steps: Taken[] = [];
  for (let last = path; last !== undefined; last = last.before) steps.push(last.taken);
  return steps.reverse();
}

/** A step as the actor sees it. */
function takenBy({ known, step: { outcome, way } }: Taken) {
  return { known, isTorn: outcome.isTorn, isStale: way.kind === 'stale' };
}

/** What comes of a step that reaches no store. */
function answerOf(call: Exclude<Call, { kind: 'command' }>): Answer {
  if (call.kind === 'whole') return call.answer;
  return { value: call.kind === 'look' ? call.look() : {} };
}

function textOfWay(way: Way): string {
  return 'items' in way ? `${way.kind} ${way.items.join()}` : way.kind;
}

function remembered<Result>(known: Map<string, Result>, name: string, find: () => Result): Result {
  const found = known.get(name);
  if (found !== undefined) return found;
  const result = find();
  known.set(name, result);
  return result;
}
