import { App } from 'aws-cdk-lib';
import { settingsOf } from './stack-settings.ts';
import { UsageAnalyticsStack } from './usage-analytics-stack.ts';

const app = new App();
const settings = settingsOf(app.node.tryGetContext('stage'));

new UsageAnalyticsStack(app, `channel-usage-analytics-${settings.stage}`, settings);
