import type { ApiOperations } from '../shared/http/operation.ts';
import type { UsageContext } from './context.ts';
import { getChannelStats } from './get-channel-stats.ts';
import { getGrowth } from './get-growth.ts';
import { getHealth } from './get-health.ts';
import { getHistory } from './get-history.ts';
import { getKey } from './get-key.ts';
import { getMetrics } from './get-metrics.ts';
import { getOpenApiDocument } from './get-openapi-document.ts';
import { getOverview } from './get-overview.ts';
import { getProof } from './get-proof.ts';
import { getProofFingerprints } from './get-proof-fingerprints.ts';
import { getProofKey } from './get-proof-key.ts';
import { getReferencePage } from './get-reference-page.ts';
import { getReport } from './get-report.ts';
import { getReportCsv } from './get-report-csv.ts';
import { getReportHtml } from './get-report-html.ts';
import { getReportMarkdown } from './get-report-markdown.ts';
import { getTrust } from './get-trust.ts';
import { listPeers } from './list-peers.ts';

/** The operations of this function, by the names of their routes. */
export const USAGE_OPERATIONS: ApiOperations<'usage-api', UsageContext> = {
  getChannelStats,
  getHistory,
  getGrowth,
  getReport,
  getReportCsv,
  getReportMarkdown,
  getReportHtml,
  getHealth,
  getTrust,
  getProof,
  getProofFingerprints,
  getProofKey,
  listPeers,
  getOverview,
  getMetrics,
  getKey,
  getOpenApiDocument,
  getReferencePage,
};
