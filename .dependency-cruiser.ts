import type { IConfiguration, IForbiddenRuleType } from 'dependency-cruiser';

// Which part of the code may import which: docs/architecture.md says why.

/** A rule that lists all that the files of one part may import, beside modules of Node.js. */
function mayImport(part: string, from: string, allowed: string[], why: string): IForbiddenRuleType {
  return {
    name: `${part}-imports`,
    comment: why,
    severity: 'error',
    from: { path: from },
    to: { pathNot: allowed, dependencyTypesNot: ['core'] },
  };
}

// The floor of shared rooms, the lowest first: each knows those below it, and none above. Exporting uses announcing and sending;
// they, counting and the edge lie side by side.
const SHARED = '^functions/shared/';
const DOMAIN = `${SHARED}domain/`;
const RUNTIME = `${SHARED}runtime/`;
const STORE = `${SHARED}store/`;
const COUNTING = `${SHARED}counting/`;
const HTTP = `${SHARED}http/`;
const ANNOUNCING = `${SHARED}announcing/`;
const SENDING = `${SHARED}sending/`;
const EXPORTING = `${SHARED}exporting/`;
const AUDITING = `${SHARED}auditing/`;

const ZOD = '^node_modules/zod/mini/';
const DYNAMODB_CLIENT = '^node_modules/@aws-sdk/(client-dynamodb|lib-dynamodb|util-dynamodb)/';
const LAMBDA_TYPES = '^node_modules/@types/aws-lambda/';
const POWERTOOLS = '^node_modules/@aws-lambda-powertools/';
const LIBRARIES = '^node_modules/';

// What infrastructure and functions have to agree on.
const SHARED_DEFINITIONS = [
  `${STORE}(audit-table|messages-table|usage-table|table-definition)\\.ts$`,
  `${STORE}items/(keys|analytics-gap|announcing-progress|api-key|archived-window|erased-peer|given-up-count|given-up-notification|hash-secret|heartbeat|notification-target|passed-heartbeats|peer-directory-entry|quarantine-entry|refused-row|sweep-progress|waiting-notification)\\.ts$`,
  `${RUNTIME}(error-text|export-settings|memory|metric-names|notification-targets|parameter-batches|settings|time-limits)\\.ts$`,
  `${HTTP}(cross-origin|routes)\\.ts$`,
  `${SENDING}public-address\\.ts$`,
  '^functions/count-messages/event-source\\.ts$',
  `${DOMAIN}(api-key|heartbeat|in-batches)\\.ts$`,
  '^functions/(announce-days|audit-figures|raise-alerts|redrive-records|send-heartbeats|send-notifications|send-reports|take-daily-snapshot)/schedule\\.ts$',
];

// What is handed out carries the notices of the packages in it.
const NOTICES = '^npm-packages/notices\\.ts$';

// Where builds leave what.
const BUILD_FOLDERS = '^(dashboard/build|openapi)/build-folder\\.ts$';

// How a stack is named and reached: a tool means the same by a stage as a deploy does.
const STACK_NAMING =
  '^infra/(stack-name|stack-outputs|commands/(aws-connection|check-target|stack-options|target))\\.ts$';

// One operation of the API each: the page takes the schema of its answer from there.
const OPERATIONS = '^functions/usage-api/(get|list)-[^/]+\\.ts$';

// Words and numbers as the page writes them, without what draws it.
const PAGE_WORDS =
  '^dashboard/(shared/|src/(date-formats|page-formats|features/(trust/trust-words|health/finding-words|growth/describe-change|channel-usage/usage-csv))\\.ts$)';

// What the local host tells the page of its sample.
const SAMPLE_STATUS = '^local/sample/sample-status\\.ts$';

const configuration = {
  forbidden: [
    mayImport('domain', DOMAIN, [DOMAIN, ZOD], 'The domain is pure: data in, data out.'),
    {
      name: 'domain-is-pure',
      comment: 'No input, no output. Hashing is neither; random bytes are passed in.',
      severity: 'error',
      from: { path: DOMAIN },
      to: { dependencyTypes: ['core'], pathNot: '^crypto$' },
    },
    mayImport(
      'runtime',
      RUNTIME,
      [RUNTIME, DOMAIN, ZOD, DYNAMODB_CLIENT, '^node_modules/@aws-sdk/client-(s3|ssm)/', POWERTOOLS],
      'What every function needs wherever it runs: it knows neither tables nor requests.',
    ),
    mayImport(
      'store',
      STORE,
      [STORE, RUNTIME, DOMAIN, ZOD, DYNAMODB_CLIENT],
      'The store alone talks to DynamoDB, and knows nothing of requests or functions.',
    ),
    mayImport(
      'counting',
      COUNTING,
      [COUNTING, STORE, RUNTIME, DOMAIN, ZOD, DYNAMODB_CLIENT, LAMBDA_TYPES],
      'Counting knows the records of a stream, and not which function brings them.',
    ),
    mayImport(
      'http',
      HTTP,
      [HTTP, STORE, RUNTIME, DOMAIN, LIBRARIES],
      'What the functions of the API share knows none of them.',
    ),
    mayImport(
      'announcing',
      ANNOUNCING,
      [ANNOUNCING, STORE, RUNTIME, DOMAIN, ZOD, LAMBDA_TYPES],
      'What every consumer of announced days shares knows none of them.',
    ),
    mayImport(
      'sending',
      SENDING,
      [SENDING, RUNTIME, DOMAIN, LIBRARIES],
      'Sending to third parties knows nothing of tables or of functions.',
    ),
    mayImport(
      'exporting',
      EXPORTING,
      [EXPORTING, ANNOUNCING, SENDING, STORE, RUNTIME, DOMAIN, ZOD],
      'What brings days to others knows none of the functions that do.',
    ),
    mayImport(
      'auditing',
      AUDITING,
      [AUDITING, STORE, RUNTIME, DOMAIN],
      'What compares and mends stored figures knows neither the tool nor the function that asks for it.',
    ),
    mayImport(
      'function',
      '^functions/(?!shared/)([^/]+)/',
      ['^functions/$1/', SHARED, LIBRARIES],
      'Functions meet in stored data only: none imports another.',
    ),
    mayImport(
      'infra',
      '^infra/',
      [
        '^infra/',
        ...SHARED_DEFINITIONS,
        BUILD_FOLDERS,
        NOTICES,
        '^node_modules/(aws-cdk-lib|cdk-nag|constructs|commander|esbuild|zod|@aws-sdk/client-(dynamodb|ssm|sts))/',
      ],
      'Infrastructure takes definitions from the functions, and none of their code.',
    ),
    {
      name: 'zod-mini',
      comment: 'The other builds of zod bring ten times the code into a bundle.',
      severity: 'error',
      from: { path: '^functions/' },
      to: { path: '^node_modules/zod/', pathNot: ZOD },
    },
    {
      name: 'infra-loads-no-client',
      comment: 'Making a template must not load what talks to AWS, however far away it is imported.',
      severity: 'error',
      // The commands make no template: they ask AWS whose the credentials are.
      from: { path: '^infra/', pathNot: '^infra/commands/' },
      to: { path: '^node_modules/(@aws-sdk|@smithy|@aws-lambda-powertools|@middy)/', reachable: true },
    },
    mayImport(
      'local',
      '^local/',
      ['^local/', '^functions/', BUILD_FOLDERS, LIBRARIES],
      'The local host runs the functions; it knows no infrastructure and no tests.',
    ),
    mayImport(
      'local-support',
      '^local/support/',
      ['^local/support/', '^functions/', LIBRARIES],
      'What every room of the local host needs knows none of them.',
    ),
    mayImport(
      'local-room',
      '^local/(database|aws/[^/]+|sample)/',
      ['^local/$1/', '^local/support/', '^functions/', LIBRARIES],
      'The database, each service of AWS and the sample know neither one another nor the host that joins them.',
    ),
    mayImport(
      'local-host',
      '^local/host/',
      ['^local/(host|database|aws|sample|support)/', '^functions/', BUILD_FOLDERS, LIBRARIES],
      'The host joins the rooms, and is started by main.ts or by whoever else needs one.',
    ),
    mayImport(
      'tools',
      '^tools/',
      ['^tools/', '^local/', '^functions/', STACK_NAMING, LIBRARIES],
      'Tools work on the same data as the functions, in AWS or where the local host keeps it.',
    ),
    mayImport(
      'tools-support',
      '^tools/support/',
      ['^tools/support/', '^local/', '^functions/', STACK_NAMING, LIBRARIES],
      'What the commands share knows none of them.',
    ),
    mayImport(
      'cli',
      '^packages/cli/src/(?!history/)',
      [
        '^packages/(cli|client)/src/',
        '^packages/cli/package\\.json$',
        DOMAIN,
        ...[HTTP, RUNTIME, `${COUNTING}fingerprints\\.ts$`],
        '^functions/(look-up-messages|manage-channels|record-messages|usage-api)/',
        PAGE_WORDS,
        '^local/support/(durable-file|file-error|host-error|owner-alone)\\.ts$',
        '^tools/support/(option-values|text-table|tool-error)\\.ts$',
        LIBRARIES,
      ],
      'The command line knows the service by its API, and writes what the page writes.',
    ),
    mayImport(
      'cli-history',
      '^packages/cli/src/history/',
      ['^packages/cli/src/', DOMAIN, STORE, '^tools/support/', LIBRARIES],
      'A history is imported by the tools of operators, which work on the tables.',
    ),
    mayImport(
      'cli-build',
      '^packages/cli/build/',
      ['^packages/cli/build/', NOTICES, LIBRARIES],
      'Building reads the command line as files.',
    ),
    mayImport(
      'openapi',
      '^openapi/',
      [
        '^openapi/',
        DOMAIN,
        HTTP,
        '^functions/[^/]+/(operations|published-files)\\.ts$',
        '^package\\.json$',
        LIBRARIES,
      ],
      'The description of the API is made of routes, errors, and what the lists of operations say.',
    ),
    mayImport(
      'dashboard-page',
      '^dashboard/src/',
      ['^dashboard/(src|shared)/', OPERATIONS, SAMPLE_STATUS, DOMAIN, LIBRARIES],
      'The page knows the API by the schemas of its answers, and nothing of what is behind.',
    ),
    mayImport(
      'dashboard-embed',
      '^dashboard/(embed|shared)/',
      ['^dashboard/(embed|shared)/', DOMAIN, ZOD],
      'What runs on pages of others is small: it brings no library, and nothing of the page.',
    ),
    mayImport(
      'dashboard-build',
      '^dashboard/(build/|[^/]+$)',
      ['^dashboard/(build/|[^/]+$)', NOTICES, LIBRARIES],
      'Building reads the dashboard as files.',
    ),
    mayImport(
      'client',
      '^packages/client/src/',
      ['^packages/client/src/', '^node_modules/openapi-fetch/'],
      'The client is made of the description of the API, and of nothing else that is here.',
    ),
    mayImport(
      'client-build',
      '^packages/client/build/',
      ['^packages/client/build/', '^openapi/build-folder\\.ts$', LIBRARIES, '^packages/client/node_modules/'],
      'The types are made of the description of the API, which has been built.',
    ),
    mayImport(
      'test-support',
      '^test/support/',
      [
        '^test/support/',
        '^functions/',
        '^local/',
        '^openapi/',
        '^infra/',
        '^packages/client/src/',
        LIBRARIES,
      ],
      'What tests stand on knows none of them.',
    ),
    mayImport(
      'npm-packages',
      '^npm-packages/',
      ['^npm-packages/', LIBRARIES],
      'What is told of packages is read from their folders and the lock file.',
    ),
    mayImport(
      'build',
      '^build/',
      ['^build/', '^dashboard/build/', '^openapi/', '^packages/[^/]+/build/'],
      'Building knows how things are built, and not what they are made of.',
    ),
    {
      name: 'dashboard-runs-in-browsers',
      comment:
        'Browsers have no modules of Node.js and no stores, however far away those are imported. What is ' +
        'allowed here is what build/sources.ts lists.',
      severity: 'error',
      from: { path: '^dashboard/(src|embed|shared)/' },
      to: {
        pathNot: [
          '^dashboard/',
          DOMAIN,
          `${HTTP}(answers|api-errors|nearest-name|operation|parameters|request-parsing|routes)\\.ts$`,
          OPERATIONS,
          SAMPLE_STATUS,
          '^functions/usage-api/context\\.ts$',
          LIBRARIES,
        ],
        reachable: true,
      },
    },
    {
      name: 'no-imported-tests',
      comment: 'A test that is imported runs a second time; what it shares belongs beside it.',
      severity: 'error',
      from: {},
      to: { path: '[.]test[.]ts$' },
    },
    {
      name: 'no-cycles',
      comment: 'A cycle is one module in several files.',
      severity: 'error',
      from: {},
      to: { circular: true },
    },
    {
      name: 'resolvable',
      comment: 'An import that leads nowhere escapes every other rule.',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true },
    },
    {
      name: 'declared',
      comment: 'What is imported is in package.json, and not there by way of another package.',
      severity: 'error',
      from: {},
      to: { dependencyTypes: ['npm-no-pkg', 'npm-unknown'] },
    },
    {
      name: 'no-development-packages',
      comment: 'What runs in Lambda is a dependency, not a development dependency. Types are not run.',
      severity: 'error',
      from: { path: '^functions/' },
      to: { dependencyTypes: ['npm-dev'], dependencyTypesNot: ['type-only'] },
    },
  ],
  options: {
    // Dependency-cruiser cannot use TypeScript 7 yet, which has no stable API. What this parser does not
    // see, types by `import('…')`, is forbidden by lint-rules/no-import-types.grit.
    parser: 'swc',
    doNotFollow: { path: 'node_modules' },
    // What the packages of the workspace are made of is declared once, for all.
    combinedDependencies: true,
    // The programs of test/clients import what is generated beside them when they run.
    exclude: { path: '^(dashboard/dist|packages/client/dist|test/clients/programs)/' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'node', 'default'],
    },
  },
} satisfies IConfiguration;

export default configuration;
