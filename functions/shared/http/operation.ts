import * as z from 'zod/mini';
import type { ApiKeyRecord } from '../domain/api-key.ts';
import type { CompressedText, Created, NoContent, PlainText } from './answers.ts';
import type { ErrorDetail } from './api-errors.ts';
import { parseQuery, parseRequest, type QueryParameters } from './request-parsing.ts';
import { type AccessOf, type ApiFunction, type HttpFunction, ROUTES, type RouteName } from './routes.ts';

/** What is known of whoever sends a request, by the access of its route. */
export interface Callers {
  public: object;
  /** The key allows what the route asks for. */
  key: { key: ApiKeyRecord };
  /** The key allows it on this peer. */
  peer: { key: ApiKeyRecord; peerId: string };
}

/** A request that was let in. */
export interface AdmittedRequest<Access extends keyof Callers> {
  requestId: string;
  caller: Callers[Access];
  /** The parameters of the path, decoded; nobody has checked them. */
  path: Readonly<Record<string, string | undefined>>;
  query: QueryParameters;
  /** Parses the body: throws the ApiError that says what is wrong with it. */
  json: () => unknown;
}

/**
 * Answers the requests of a route with a 200: with a `CompressedText`, a `PlainText`, or what becomes JSON;
 * with something `Created` it is a 201, with `NoContent` a 204. Where it throws an ApiError, that is the answer.
 *
 * @template Context what it works with: stores, the clock and such
 */
export interface Operation<Access extends keyof Callers, Context> {
  access: Access;
  answer: (request: AdmittedRequest<Access>, context: Context) => Promise<object>;
}

/** One operation for every route of a function. */
export type Operations<Function extends HttpFunction, Context> = {
  readonly [Name in RouteName<Function>]: Operation<AccessOf<Name>, Context>;
};

/** An operation of the API, with all that the API description says of it. */
export interface ApiOperation<Name extends RouteName, Context> extends Operation<AccessOf<Name>, Context> {
  name: Name;
  description: OperationDescription;
}

/** One operation for every route of a function of the API. */
export type ApiOperations<Function extends ApiFunction, Context> = {
  readonly [Name in RouteName<Function>]: ApiOperation<Name, Context>;
};

/** The groups that the API description has operations in. */
export type Tag =
  | 'Statistics'
  | 'Proof'
  | 'Messages'
  | 'Channels'
  | 'Sharing'
  | 'Peers'
  | 'Keys'
  | 'Documentation';

/** Text of the API description, in the little Markdown that it uses: a paragraph or an item of a list a line. */
export type Prose = string | readonly string[];

/** Examples of values, by names that the API description knows them by. */
export type Examples<Value> = Readonly<Record<string, { summary: string; value: Value }>>;

interface RequestSchemas<
  Path extends z.ZodMiniObject,
  Query extends z.ZodMiniObject,
  Body extends z.ZodMiniType,
> {
  /** The parameters of the path beside `peerId`, which get their values as text. */
  path?: Path;
  /** The parameters of the query, which get their values as text. Others are refused. */
  query?: Query;
  body?: { schema: Body };
}

/** All that the API description says of an operation, beside what follows from its route. */
interface OperationParts<
  Path extends z.ZodMiniObject,
  Query extends z.ZodMiniObject,
  Body extends z.ZodMiniType,
  Answer extends z.ZodMiniType,
> extends RequestSchemas<Path, Query, Body> {
  tag: Tag;
  summary: string;
  description: Prose;
  body?: { description: string; schema: Body; examples: Examples<z.input<Body>> };
  /** The answer that is a 200, or the only one, of another status. */
  answer: {
    /** Created, or without content. */
    status?: 201 | 204;
    description: string;
    /** Of the JSON, where it is JSON: an answer has one media type, as generated clients want it. */
    schema?: Answer;
    examples?: Examples<z.output<Answer>>;
    /** What it is instead of JSON. */
    text?: { mediaType: string; examples?: Examples<string> };
    /** Whether a header makes it a download. */
    isDownload?: true;
  };
  /** What the answer is where it is a 201. */
  created?: string;
  /** The example of what may be wrong with a request; without one, a query that is no text. */
  badRequest?: ErrorDetail;
  /** The errors that only some operations answer with, by status, as the API description calls them. */
  errors?: Readonly<Record<number, 'ChannelRefused' | 'ShareLinkRefused'>>;
}

/** What the API description says of an operation, whichever. */
export type OperationDescription = OperationParts<
  z.ZodMiniObject,
  z.ZodMiniObject,
  z.ZodMiniType,
  z.ZodMiniType
>;

/** A request, its parts as the schemas of an operation make them. */
interface ParsedRequest<
  Path extends z.ZodMiniObject,
  Query extends z.ZodMiniObject,
  Body extends z.ZodMiniType,
> {
  requestId: string;
  path: z.output<Path>;
  query: z.output<Query>;
  body: z.output<Body>;
}

/** What a handler answers with: what the schema of the answer describes, or a text. */
type HandlerResult<Answer extends z.ZodMiniType<object>> =
  | z.output<Answer>
  | Created<z.output<Answer>>
  | CompressedText
  | PlainText
  | NoContent;

/** Of a path or a query without parameters. */
type NoParameters = z.ZodMiniObject<Record<never, never>>;

/**
 * Makes an operation of the API. The request is parsed by the schemas before the handler gets it: first the
 * path, then the query, then the body. Who may send it is what its route says.
 *
 * @param name the name of its route
 * @param parts what the API description says of it, its schemas among that, and its handler. A handler whose
 *   answer has a literal, such as `timezone: 'UTC'`, states its return type: inferred, it would be any string.
 */
// @__NO_SIDE_EFFECTS__
export function operation<
  Name extends RouteName<ApiFunction>,
  Path extends z.ZodMiniObject = NoParameters,
  Query extends z.ZodMiniObject = NoParameters,
  Body extends z.ZodMiniType = z.ZodMiniUndefined,
  Answer extends z.ZodMiniType<object> = z.ZodMiniNever,
  Context = unknown,
>(
  name: Name,
  parts: OperationParts<Path, Query, Body, Answer> & {
    handle: (
      request: Callers[AccessOf<Name>] & ParsedRequest<Path, Query, Body>,
      context: Context,
    ) => Promise<HandlerResult<Answer>>;
  },
): ApiOperation<Name, Context> {
  return {
    name,
    access: ROUTES[name].access,
    description: parts,
    answer: (request, context) =>
      parts.handle({ ...request.caller, ...parsed<Path, Query, Body>(parts, request) }, context),
  };
}

const NO_PARAMETERS = z.object({});

/** Parses the parts of a request. Those without a schema are empty, as the defaults of `operation` say. */
function parsed<Path extends z.ZodMiniObject, Query extends z.ZodMiniObject, Body extends z.ZodMiniType>(
  schemas: RequestSchemas<Path, Query, Body>,
  request: AdmittedRequest<keyof Callers>,
): ParsedRequest<Path, Query, Body>;
function parsed(
  { path, query, body }: RequestSchemas<z.ZodMiniObject, z.ZodMiniObject, z.ZodMiniType>,
  request: AdmittedRequest<keyof Callers>,
): ParsedRequest<z.ZodMiniObject, z.ZodMiniObject, z.ZodMiniType> {
  return {
    requestId: request.requestId,
    path: path === undefined ? {} : parseRequest(path, request.path, 'path'),
    query: parseQuery(query ?? NO_PARAMETERS, request.query),
    body: body === undefined ? undefined : parseRequest(body.schema, request.json(), 'body'),
  };
}
