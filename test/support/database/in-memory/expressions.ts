import type { Item } from '../../../../functions/shared/store/items/item.ts';
import { areEqual, orderOf, ValidationException } from './values.ts';

/** What a request gives for the placeholders in its expressions. */
export interface Placeholders {
  ExpressionAttributeNames?: Record<string, string> | undefined;
  ExpressionAttributeValues?: Record<string, unknown> | undefined;
}

type Operand =
  | { kind: 'attribute'; name: string }
  | { kind: 'value'; name: string }
  | { kind: 'if_not_exists'; name: string; otherwise: Operand }
  | { kind: '+' | '-'; left: Operand; right: Operand };

/** A condition as it is parsed. */
export type Condition =
  | { kind: 'and' | 'or'; left: Condition; right: Condition }
  | { kind: 'not'; condition: Condition }
  | { kind: 'compare'; comparator: string; left: Operand; right: Operand }
  | { kind: 'between'; value: Operand; from: Operand; to: Operand }
  | { kind: 'in'; value: Operand; list: Operand[] }
  | { kind: 'exists'; name: string; isThere: boolean }
  | { kind: 'begins_with' | 'contains'; value: Operand; part: Operand };

/** An update as it is parsed. */
export interface Update {
  set: { name: string; value: Operand }[];
  add: { name: string; value: Operand }[];
  remove: string[];
}

const TOKEN = /\s*(?:([#:]?[A-Za-z_][A-Za-z0-9_]*)|(<>|<=|>=|[=<>(),+-]))/y;
const COMPARATORS = new Set(['=', '<>', '<', '<=', '>', '>=']);
const KEYWORDS = new Set(['AND', 'OR', 'NOT', 'BETWEEN', 'IN', 'SET', 'REMOVE', 'ADD', 'DELETE']);

/**
 * Reads the expressions that the stores of this service send: top-level attributes, and what is listed above. Whatever
 * else DynamoDB knows is refused, and never guessed.
 */
class Parser {
  readonly #text: string;
  readonly #tokens: readonly string[];
  #next = 0;

  constructor(text: string) {
    this.#text = text;
    this.#tokens = tokensOf(text);
  }

  condition(): Condition {
    return this.#whole(this.#or());
  }

  update(): Update {
    const update: Update = { set: [], add: [], remove: [] };
    while (this.#next < this.#tokens.length) {
      if (this.#accept('SET')) {
        update.set.push(...this.#list(() => ({ name: this.#name(), value: this.#assigned() })));
      } else if (this.#accept('ADD')) {
        update.add.push(...this.#list(() => ({ name: this.#name(), value: this.#operand() })));
      } else if (this.#accept('REMOVE')) update.remove.push(...this.#list(() => this.#name()));
      else throw this.#refused();
    }
    return update;
  }

  projection(): string[] {
    return this.#whole(this.#list(() => this.#name()));
  }

  #or(): Condition {
    let left = this.#and();
    while (this.#accept('OR')) left = { kind: 'or', left, right: this.#and() };
    return left;
  }

  #and(): Condition {
    let left = this.#not();
    while (this.#accept('AND')) left = { kind: 'and', left, right: this.#not() };
    return left;
  }

  #not(): Condition {
    if (this.#accept('NOT')) return { kind: 'not', condition: this.#not() };
    if (!this.#accept('(')) return this.#simple();
    const condition = this.#or();
    this.#expect(')');
    return condition;
  }

  #simple(): Condition {
    const word = this.#tokens[this.#next] ?? '';
    if (this.#tokens[this.#next + 1] === '(' && word !== 'if_not_exists') return this.#function(word);
    const left = this.#operand();
    if (this.#accept('BETWEEN')) {
      const from = this.#operand();
      this.#expect('AND');
      return { kind: 'between', value: left, from, to: this.#operand() };
    }
    if (this.#accept('IN')) {
      this.#expect('(');
      const list = this.#list(() => this.#operand());
      this.#expect(')');
      return { kind: 'in', value: left, list };
    }
    const comparator = this.#take();
    if (!COMPARATORS.has(comparator)) throw this.#refused();
    return { kind: 'compare', comparator, left, right: this.#operand() };
  }

  #function(name: string): Condition {
    this.#next += 2;
    if (name === 'attribute_exists' || name === 'attribute_not_exists') {
      const attribute = this.#name();
      this.#expect(')');
      return { kind: 'exists', name: attribute, isThere: name === 'attribute_exists' };
    }
    if (name !== 'begins_with' && name !== 'contains') throw this.#refused();
    const value = this.#operand();
    this.#expect(',');
    const part = this.#operand();
    this.#expect(')');
    return { kind: name, value, part };
  }

  #assigned(): Operand {
    this.#expect('=');
    const left = this.#operand();
    if (this.#accept('+')) return { kind: '+', left, right: this.#operand() };
    if (this.#accept('-')) return { kind: '-', left, right: this.#operand() };
    return left;
  }

  #operand(): Operand {
    if (this.#accept('if_not_exists')) {
      this.#expect('(');
      const name = this.#name();
      this.#expect(',');
      const otherwise = this.#operand();
      this.#expect(')');
      return { kind: 'if_not_exists', name, otherwise };
    }
    if (this.#tokens[this.#next]?.startsWith(':')) return { kind: 'value', name: this.#take() };
    return { kind: 'attribute', name: this.#name() };
  }

  #name(): string {
    const token = this.#take();
    if (!/^#?\w+$/.test(token) || KEYWORDS.has(token.toUpperCase())) throw this.#refused();
    return token;
  }

  #list<Element>(element: () => Element): Element[] {
    const list = [element()];
    while (this.#accept(',')) list.push(element());
    return list;
  }

  #accept(token: string): boolean {
    const next = this.#tokens[this.#next];
    if (next !== token && !(KEYWORDS.has(token) && next?.toUpperCase() === token)) return false;
    this.#next += 1;
    return true;
  }

  #expect(token: string): void {
    if (!this.#accept(token)) throw this.#refused();
  }

  #take(): string {
    this.#next += 1;
    return this.#tokens[this.#next - 1] ?? '';
  }

  #whole<Result>(result: Result): Result {
    if (this.#next < this.#tokens.length) throw this.#refused();
    return result;
  }

  #refused(): ValidationException {
    const near = this.#tokens[Math.min(this.#next, this.#tokens.length - 1)] ?? '';
    return new ValidationException(`an expression is not understood near "${near}": ${this.#text}`);
  }
}

const parsedConditions = new Map<string, Condition>();
const parsedUpdates = new Map<string, Update>();
const parsedProjections = new Map<string, readonly string[]>();
const readTokens = new Map<string, readonly string[]>();

/** @throws ValidationException where the text is not understood */
export function parseCondition(text: string): Condition {
  return remembered(parsedConditions, text, () => new Parser(text).condition());
}

/** @throws ValidationException where the text is not understood */
export function parseUpdate(text: string): Update {
  return remembered(parsedUpdates, text, () => new Parser(text).update());
}

/** @throws ValidationException where the text is not understood */
function parseProjection(text: string): readonly string[] {
  return remembered(parsedProjections, text, () => new Parser(text).projection());
}

function tokensOf(text: string): readonly string[] {
  return remembered(readTokens, text, () => {
    const tokens: string[] = [];
    const end = text.trimEnd().length;
    TOKEN.lastIndex = 0;
    while (TOKEN.lastIndex < end) {
      const match = TOKEN.exec(text);
      if (match === null) throw new ValidationException(`an expression is not understood: ${text}`);
      tokens.push(match[1] ?? match[2] ?? '');
    }
    if (tokens.length === 0) throw new ValidationException('an expression is empty');
    return tokens;
  });
}

/**
 * Every placeholder that a request gives is used in one of its expressions, and every one that they use is given.
 *
 * @throws ValidationException where that is not so
 */
export function checkPlaceholders(
  { ExpressionAttributeNames: names = {}, ExpressionAttributeValues: values = {} }: Placeholders,
  expressions: readonly (string | undefined)[],
): void {
  const used = new Set(
    expressions.flatMap((text) => (text === undefined ? [] : tokensOf(text).filter(isPlaceholder))),
  );
  const given = new Set([...Object.keys(names), ...Object.keys(values)]);
  for (const name of used) {
    if (!given.has(name)) throw new ValidationException(`an expression uses ${name}, which is not given`);
  }
  for (const name of given) {
    if (!used.has(name)) throw new ValidationException(`${name} is given, and no expression uses it`);
  }
}

function isPlaceholder(token: string): boolean {
  return token.startsWith('#') || token.startsWith(':');
}

/** The name of an attribute, which an expression may call by a placeholder. */
export function attributeOf(name: string, { ExpressionAttributeNames: names }: Placeholders): string {
  if (!name.startsWith('#')) return name;
  const attribute = names?.[name];
  if (attribute === undefined)
    throw new ValidationException(`an expression uses ${name}, which is not given`);
  return attribute;
}

function meaningOf(operand: Operand, item: Item, given: Placeholders): unknown {
  switch (operand.kind) {
    case 'attribute':
      return item[attributeOf(operand.name, given)];
    case 'value': {
      const value = given.ExpressionAttributeValues?.[operand.name];
      if (value === undefined) {
        throw new ValidationException(`an expression uses ${operand.name}, which is not given`);
      }
      return value;
    }
    case 'if_not_exists':
      return item[attributeOf(operand.name, given)] ?? meaningOf(operand.otherwise, item, given);
    default: {
      const [left, right] = [operand.left, operand.right].map((part) => meaningOf(part, item, given));
      if (typeof left !== 'number' || typeof right !== 'number') {
        throw new ValidationException('an update adds what are no numbers');
      }
      return operand.kind === '+' ? left + right : left - right;
    }
  }
}

/** Whether a condition holds of an item; of `{}` where there is none. */
export function holds(condition: Condition, item: Item, given: Placeholders): boolean {
  const value = (operand: Operand) => meaningOf(operand, item, given);
  switch (condition.kind) {
    case 'and':
      return holds(condition.left, item, given) && holds(condition.right, item, given);
    case 'or':
      return holds(condition.left, item, given) || holds(condition.right, item, given);
    case 'not':
      return !holds(condition.condition, item, given);
    case 'exists':
      return (item[attributeOf(condition.name, given)] !== undefined) === condition.isThere;
    case 'in':
      return condition.list.some((one) => areEqual(value(condition.value), value(one)));
    case 'between': {
      const [low, high] = [condition.from, condition.to].map((end) =>
        orderOf(value(condition.value), value(end)),
      );
      return low !== undefined && high !== undefined && low >= 0 && high <= 0;
    }
    case 'compare':
      return isTrue(condition.comparator, value(condition.left), value(condition.right));
    default:
      return hasPart(condition.kind, value(condition.value), value(condition.part));
  }
}

function isTrue(comparator: string, left: unknown, right: unknown): boolean {
  // What is not there is unequal to everything, and neither below nor above it.
  if (comparator === '=') return left !== undefined && areEqual(left, right);
  if (comparator === '<>') return left === undefined || !areEqual(left, right);
  const order = orderOf(left, right);
  if (order === undefined) return false;
  if (comparator === '<') return order < 0;
  if (comparator === '<=') return order <= 0;
  return comparator === '>' ? order > 0 : order >= 0;
}

function hasPart(kind: 'begins_with' | 'contains', value: unknown, part: unknown): boolean {
  if (value === undefined) return false;
  if (typeof value !== 'string' || typeof part !== 'string') {
    throw new ValidationException(`${kind} is known of texts alone`);
  }
  return kind === 'begins_with' ? value.startsWith(part) : value.includes(part);
}

/** What becomes of an item by an update; of `{}` with its key where there is none. */
export function updated(update: Update, item: Item, given: Placeholders): Item {
  const result = { ...item };
  for (const { name, value } of update.set) result[attributeOf(name, given)] = meaningOf(value, item, given);
  for (const { name, value } of update.add) {
    const attribute = attributeOf(name, given);
    const [before = 0, added] = [item[attribute], meaningOf(value, item, given)];
    if (typeof before !== 'number' || typeof added !== 'number') {
      throw new ValidationException('ADD is known of numbers alone');
    }
    result[attribute] = before + added;
  }
  for (const name of update.remove) delete result[attributeOf(name, given)];
  return result;
}

/** Those attributes of an item that are asked for; all of them where no projection is given. */
export function projectedBy(projection: string | undefined, item: Item, given: Placeholders): Item {
  if (projection === undefined) return item;
  const result: Item = {};
  for (const name of parseProjection(projection)) {
    const attribute = attributeOf(name, given);
    if (item[attribute] !== undefined) result[attribute] = item[attribute];
  }
  return result;
}

/** The value to which a condition on keys says that an attribute has to be equal; nothing where it says no such. */
export function requiredOf(condition: Condition, attribute: string, given: Placeholders): unknown {
  if (condition.kind === 'and') {
    return requiredOf(condition.left, attribute, given) ?? requiredOf(condition.right, attribute, given);
  }
  if (condition.kind !== 'compare' || condition.comparator !== '=') return undefined;
  const { left, right } = condition;
  if (left.kind !== 'attribute' || right.kind !== 'value') return undefined;
  return attributeOf(left.name, given) === attribute ? meaningOf(right, {}, given) : undefined;
}

function remembered<Result>(known: Map<string, Result>, text: string, read: () => Result): Result {
  const found = known.get(text);
  if (found !== undefined) return found;
  const result = read();
  known.set(text, result);
  return result;
}
