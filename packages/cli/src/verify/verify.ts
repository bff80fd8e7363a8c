// All that verifying needs, which is loaded when something is to be verified.
export { listInFile } from './listed-messages.ts';
export { ServiceOverHttp } from './service-over-http.ts';
export { verify } from './verification.ts';
export { csvReport } from './verify-csv.ts';
export { jsonReport, textReport } from './verify-report.ts';
