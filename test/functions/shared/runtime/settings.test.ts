import { describe, expect, it } from 'vitest';
import { DEPLOYED_RHYTHM, HEARTBEAT_KEYS } from '../../../../functions/shared/domain/heartbeat.ts';
import { METRIC_NAMESPACE } from '../../../../functions/shared/runtime/metric-names.ts';
import { readSettings } from '../../../../functions/shared/runtime/settings.ts';

const TABLES = { MESSAGES_TABLE: 'messages', USAGE_TABLE: 'usage' };

describe('reading the settings of a function', () => {
  it('takes what is usual where nothing but the tables is set', () => {
    expect(readSettings(TABLES)).toEqual({
      messagesTableName: 'messages',
      usageTableName: 'usage',
      messageRetentionDays: 400,
      counterRetentionDays: 460,
      heartbeats: DEPLOYED_RHYTHM,
      metricNamespace: METRIC_NAMESPACE,
      corsOrigins: [],
      compressAnswers: true,
    });
  });

  it('takes what is set', () => {
    const settings = readSettings({
      ...TABLES,
      MESSAGE_RETENTION_DAYS: '500',
      COUNTER_RETENTION_DAYS: '600',
      HEARTBEAT_KEYS: `${HEARTBEAT_KEYS.most}`,
      METRIC_NAMESPACE: 'Usage',
      KEY_REQUESTS_PER_SECOND: '3',
      KEY_BURST: '9',
      CORS_ORIGINS: 'https://one.example,https://two.example',
      COMPRESS_ANSWERS: 'false',
    });
    expect(settings).toMatchObject({
      messageRetentionDays: 500,
      counterRetentionDays: 600,
      heartbeats: { keys: HEARTBEAT_KEYS.most },
      metricNamespace: 'Usage',
      keyLimit: { requestsPerSecond: 3, burst: 9 },
      corsOrigins: ['https://one.example', 'https://two.example'],
      compressAnswers: false,
    });
  });

  it('lets a key ask as much at once as within a second, where nothing else is set', () => {
    const { keyLimit } = readSettings({ ...TABLES, KEY_REQUESTS_PER_SECOND: '3' });
    expect(keyLimit).toEqual({ requestsPerSecond: 3, burst: 3 });
    expect(readSettings({ ...TABLES, KEY_BURST: '3' }).keyLimit).toBeUndefined();
  });

  it('names every variable that is missing or wrong, and what it must be', () => {
    const wrong = {
      USAGE_TABLE: '',
      METRIC_NAMESPACE: '',
      HEARTBEAT_KEYS: `${HEARTBEAT_KEYS.most + 1}`,
      KEY_BURST: '0',
      COMPRESS_ANSWERS: 'yes',
    };
    expect(() => readSettings(wrong)).toThrow(
      new Error(
        'environment variables are missing or wrong: MESSAGES_TABLE is missing; USAGE_TABLE is missing; ' +
          `HEARTBEAT_KEYS must be a whole number from ${HEARTBEAT_KEYS.least} to ${HEARTBEAT_KEYS.most}; ` +
          'METRIC_NAMESPACE is missing; COMPRESS_ANSWERS must be true or false; KEY_BURST must be a whole number from 1 on',
      ),
    );
  });

  it.each(['', ' 5', '-5', '5.5', '5e2', '0x5', 'five', '9007199254740993'])(
    'takes %j for no whole number',
    (text) => {
      expect(() => readSettings({ ...TABLES, KEY_REQUESTS_PER_SECOND: text })).toThrow(
        'KEY_REQUESTS_PER_SECOND must be a whole number from 1 on',
      );
    },
  );

  it('refuses counters that are kept for no longer than messages need them', () => {
    const tooShort = { ...TABLES, MESSAGE_RETENTION_DAYS: '400', COUNTER_RETENTION_DAYS: '459' };
    expect(() => readSettings(tooShort)).toThrow(
      'environment variables do not fit together: counters must be kept for 460 days at least',
    );
  });
});
