import { KNOWN_VALUES } from '../functions/shared/domain/described.ts';
import { Html, html, inline, markdown, NOTHING } from './html.ts';
import { formatJson } from './json.ts';
import {
  type Content,
  type Operation,
  type PageModel,
  type Parameter,
  type Response,
  readPageModel,
  type Schema,
} from './page-model.ts';

/**
 * Makes the reference page: one file without scripts, which loads nothing.
 *
 * @param document the OpenAPI document
 * @param style the page's style sheet
 */
export function renderPage(document: object, style: string): string {
  const model = readPageModel(document);
  const { title, version, description, authentication, groups } = model;
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${title}: API reference</title>
<link rel="icon" href="data:,">
<style>${new Html(style)}</style>
</head>
<body>
<a class="skip" href="#content">Skip to the content</a>
${navigation(model)}
<main id="content">
<header>
<h1>${title}</h1>
<p class="facts">Version ${version} · <a href="api/v1/openapi.json">OpenAPI document</a></p>
</header>
<section id="about">
${markdown(description)}
</section>
<section id="authentication">
<h2>Authentication</h2>
${markdown(authentication)}
<p>The examples below take the key, and the address of the service, from two variables of the shell:</p>
${code("export BASE_URL=https://api.example.com API_KEY='cua_…'")}
</section>
${groups.map(
  (group) => html`<section id="${anchor(group.name)}">
<h2>${group.name}</h2>
${markdown(group.description)}
${group.operations.map(operationSection)}
</section>
`,
)}${errorSection(groups.flatMap(({ operations }) => operations))}
</main>
</body>
</html>
`.source;
}

function navigation({ groups }: PageModel): Html {
  return html`<nav aria-label="Contents">
<ul>
<li><a href="#about">About</a></li>
<li><a href="#authentication">Authentication</a></li>
${groups.map(
  ({ name, operations }) => html`<li><a href="#${anchor(name)}">${name}</a><ul>
${operations.map(({ operationId, summary }) => html`<li><a href="#${operationId}">${summary}</a></li>\n`)}</ul></li>
`,
)}<li><a href="#errors">Errors</a></li>
</ul>
</nav>`;
}

function operationSection(operation: Operation): Html {
  const { operationId, summary, method, path, description, parameters, requestBody } = operation;
  return html`<article id="${operationId}">
<h3>${summary}</h3>
<p class="route"><span class="method">${method}</span> <code>${path}</code></p>
${markdown(description)}
${parameters.length === 0 ? NOTHING : parameterTable(parameters)}
${requestBody === undefined ? NOTHING : html`<h4>Body</h4>\n${bodyTables(requestBody.content)}`}
<h4>Example</h4>
${code(curl(operation))}
${Object.entries(operation.responses)
  .filter(([status]) => status.startsWith('2'))
  .map(([status, response]) => answer(status, response))}
${errorList(operation)}
</article>
`;
}

function parameterTable(parameters: readonly Parameter[]): Html {
  const sorted = parameters.toSorted((a, b) => Number(b.in === 'path') - Number(a.in === 'path'));
  return table(
    'Parameters',
    sorted.map(({ name, in: place, required, description, schema }) => ({
      name,
      facts: [place === 'path' ? 'in the path' : `in the ${place}`, ...factsOf(schema, required)],
      description,
    })),
  );
}

function bodyTables(content: Content): Html {
  return html`${Object.values(content).map(({ schema }) => table('Fields', fieldsOf(schema)))}`;
}

interface Row {
  name: string;
  facts: string[];
  description: string;
}

function table(title: string, rows: readonly Row[]): Html {
  return html`<table>
<thead><tr><th scope="col">${title}</th><th scope="col">What it is</th></tr></thead>
<tbody>
${rows.map(
  ({ name, facts, description }) => html`<tr><th scope="row"><code>${name}</code></th><td>
<p class="facts">${facts.join(' · ')}</p>
${markdown(description)}</td></tr>
`,
)}</tbody>
</table>
`;
}

/** All fields of an object and of the objects in it, named as `channels[].channelId`. */
function fieldsOf(schema: Schema, prefix = ''): Row[] {
  if (schema.items !== undefined) return fieldsOf(schema.items, `${prefix}[]`);
  const parts = schema.anyOf ?? schema.oneOf;
  if (parts !== undefined) return distinct(parts.flatMap((part) => fieldsOf(part, prefix)));
  return Object.entries(schema.properties ?? {}).flatMap(([name, property]) => {
    const whole = prefix === '' ? name : `${prefix}.${name}`;
    const isRequired = schema.required?.includes(name) ?? false;
    const row = {
      name: whole,
      facts: factsOf(property, isRequired),
      description: property.description ?? '',
    };
    return [row, ...fieldsOf(property, whole)];
  });
}

/** Rows of which each is said once: alternatives have fields in common. */
function distinct(rows: readonly Row[]): Row[] {
  return [...new Map(rows.map((row) => [JSON.stringify(row), row])).values()];
}

function factsOf(schema: Schema, isRequired: boolean): string[] {
  const { enum: values, format, default: initial, items } = schema;
  const facts: string[] = [];
  const itemValues = items?.enum ?? items?.[KNOWN_VALUES];
  if (itemValues !== undefined) facts.push(`one or more of ${itemValues.join(', ')}`);
  else {
    facts.push(format === undefined ? typeOf(schema) : `${typeOf(schema)} (${FORMATS[format] ?? format})`);
    if (values !== undefined) facts.push(`one of ${values.join(', ')}`);
    const known = schema[KNOWN_VALUES];
    if (known !== undefined) facts.push(`so far one of ${known.join(', ')}`);
    facts.push(...limitsOf(schema));
  }
  facts.push(isRequired ? 'required' : 'optional');
  if (initial !== undefined && initial !== '') facts.push(`default ${initial}`);
  return facts;
}

const FORMATS: Readonly<Record<string, string>> = { date: 'YYYY-MM-DD', 'date-time': 'ISO 8601' };

function typeOf({ type, anyOf }: Schema): string {
  if (anyOf !== undefined) return anyOf.map(typeOf).join(' or ');
  return type === undefined ? 'any' : [type].flat().join(' or ');
}

function limitsOf(schema: Schema): string[] {
  const { minimum, maximum, minItems, maxItems, minLength, maxLength } = schema;
  return [
    range(minimum, maximum, ''),
    range(minItems, maxItems, ' items'),
    range(minLength, maxLength, ' characters'),
  ].filter((limit) => limit !== undefined);
}

function range(least: number | undefined, most: number | undefined, what: string): string | undefined {
  if (most === undefined) return least === undefined ? undefined : `at least ${least}${what}`;
  return least === undefined ? `at most ${most}${what}` : `${least} to ${most}${what}`;
}

/** A command that sends an example of the request. */
function curl({ method, path, parameters, requestBody, security }: Operation): string {
  const target = parameters.reduce(
    (text, { name, in: place, example }) =>
      place === 'path' ? text.replace(`{${name}}`, encodeURIComponent(String(example))) : text,
    path,
  );
  const lines = [`curl "$BASE_URL${target}"`];
  if (method !== 'GET') lines.push(`--request ${method}`);
  if (security.length > 0) lines.push('--header "Authorization: Bearer $API_KEY"');
  for (const [mediaType, { examples }] of Object.entries(requestBody?.content ?? {})) {
    const [example] = Object.values(examples);
    lines.push(`--header "Content-Type: ${mediaType}"`);
    lines.push(`--data '${formatJson(example?.value).replaceAll("'", "'\\''")}'`);
  }
  return lines.join(' \\\n  ');
}

function answer(status: string, { description, content }: Response): Html {
  return html`<h4>Answer ${status}</h4>
<p>${inline(description)}</p>
${Object.entries(content).map(([mediaType, { schema, examples }]) => {
  const fields = fieldsOf(schema);
  return html`${Object.values(examples).map(
    ({ summary, value }) =>
      html`<figure><figcaption>${inline(summary)}</figcaption>${code(formatJson(value))}</figure>\n`,
  )}${fields.length === 0 ? html`<p class="facts">${mediaType}</p>` : table('Fields', fields)}`;
})}`;
}

function errorList({ responses }: Operation): Html {
  const errors = Object.entries(responses).filter(([status]) => !status.startsWith('2'));
  return html`<p class="errors">Errors: ${errors.map(
    ([status], index) => html`${index === 0 ? '' : ', '}<a href="#error-${status}">${status}</a>`,
  )}</p>`;
}

/** What every error means, once for all operations: they differ in nothing but their examples. */
function errorSection(operations: readonly Operation[]): Html {
  const byStatus = new Map<string, Response>();
  for (const { responses } of operations) {
    for (const [status, response] of Object.entries(responses)) {
      if (!status.startsWith('2') && !byStatus.has(status)) byStatus.set(status, response);
    }
  }
  const sorted = [...byStatus].sort(([a], [b]) => a.localeCompare(b));
  return html`<section id="errors">
<h2>Errors by status</h2>
${sorted.map(
  ([status, { description, headers, content }]) => html`<article id="error-${status}">
<h3>${status}</h3>
${markdown(description)}
${headerList(headers)}
${Object.values(content).map(
  ({ examples }) =>
    html`${Object.values(examples).map(
      ({ summary, value }) =>
        html`<figure><figcaption>${inline(summary)}</figcaption>${code(formatJson(value))}</figure>\n`,
    )}`,
)}</article>
`,
)}</section>`;
}

function headerList(headers: Response['headers']): Html {
  const own = Object.entries(headers).filter(([name]) => name !== 'x-request-id');
  if (own.length === 0) return NOTHING;
  return html`<ul>${own.map(
    ([name, { description }]) => html`<li><code>${name}</code>: ${inline(description)}</li>`,
  )}</ul>`;
}

function code(text: string): Html {
  return html`<pre tabindex="0"><code>${text}</code></pre>\n`;
}

function anchor(name: string): string {
  return name.toLowerCase().replace(/[^a-z0-9]+/g, '-');
}
