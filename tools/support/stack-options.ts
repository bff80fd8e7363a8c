import type { Command } from 'commander';
import { endpointOption, stageOption, suffixOption } from '../../infra/commands/stack-options.ts';
import type { Environment } from '../../infra/commands/target.ts';
import type { StackChoice } from '../../infra/stack-name.ts';
import { FROM_OUTPUTS } from './options-from-outputs.ts';
import { ToolError } from './tool-error.ts';

interface StackOptions extends Partial<StackChoice> {
  endpoint?: string;
}

/** Those that say in another way where the data is. */
const OTHER_PLACES = ['data', 'dynamodbEndpoint', 'aws', 'folder', 'mixpanelUrl', 'ga4Url'];

/**
 * Adds the options that name a stack. `--stage` stands for `--aws` and all of the tool's options that the
 * stack's outputs give: they are set before the tool begins, and do not go with it.
 */
export function addStackOptions(command: Command, environment: Environment): Command {
  return command
    .addOption(stageOption().conflicts([...Object.keys(FROM_OUTPUTS), ...OTHER_PLACES]))
    .addOption(suffixOption())
    .addOption(endpointOption())
    .hook('preAction', async (_, action) => {
      const { stage, suffix, endpoint } = action.opts<StackOptions>();
      if (stage !== undefined) {
        // Loaded only then: commands that need nothing of AWS start sooner.
        const { setFromStack } = await import('./stack-data.ts');
        return setFromStack(action, { stage, suffix }, endpoint, environment);
      }
      if (suffix !== undefined) throw new ToolError('--suffix needs --stage');
      if (endpoint !== undefined) throw new ToolError('--endpoint needs --stage');
    });
}
