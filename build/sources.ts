// Each of these lists holds more than what is built is made of now, within what it may import
// (.dependency-cruiser.ts): a source that is missing here would let an old build pass for a new one.

/** All that the dashboard may be made of. */
export const DASHBOARD_SOURCES = [
  'dashboard/**/*.*',
  'npm-packages/{bundled-packages,notices}.ts',
  'npm-packages/licences/*.txt',
  'LICENSE',
  'functions/shared/domain/**/*.ts',
  'functions/shared/http/{answers,api-errors,nearest-name,operation,parameters,request-parsing,routes}.ts',
  'functions/usage-api/{get-*,list-*,context}.ts',
  'local/sample/sample-status.ts',
  'package-lock.json',
];

/** All that the OpenAPI document and the reference page may be made of. */
export const OPENAPI_SOURCES = ['openapi/**/*.*', 'functions/**/*.ts', 'package.json', 'package-lock.json'];

/** All that the types of the client may be made of: what the document is made of, and what makes them of it. */
export const CLIENT_TYPES_SOURCES = [...OPENAPI_SOURCES, 'packages/client/build/*.ts'];

/** All that the command line may be made of. */
export const CLI_SOURCES = [
  'packages/cli/**/*.*',
  'packages/client/src/**/*.ts',
  'npm-packages/{bundled-packages,notices}.ts',
  'npm-packages/licences/*.txt',
  'LICENSE',
  'functions/**/*.ts',
  'dashboard/{shared,src}/**/*.ts',
  'infra/{commands/,}*.ts',
  'local/**/*.ts',
  'tools/**/*.ts',
  'openapi/*.ts',
  'package.json',
  'package-lock.json',
];
