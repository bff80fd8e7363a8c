import { Command } from 'commander';
import type { CliContext } from '../cli-context.ts';
import type { ConnectionOptions } from '../connection/connect.ts';
import { clientFor } from '../service/usage-client.ts';

/** Lets AI assistants ask for figures. */
export function mcpCommand(context: CliContext): Command {
  return new Command('mcp')
    .description(
      'Let an AI assistant read figures: a server of the Model Context Protocol on the standard input and output, which' +
        ' the assistant starts by itself. It changes nothing. The key needs stats:read.',
    )
    .allowExcessArguments(false)
    .addHelpText(
      'after',
      `
Example, in the configuration of an assistant:
  {"mcpServers": {"channel-usage": {"command": "npx", "args": ["channel-usage", "mcp"],
    "env": {"CHANNEL_USAGE_URL": "https://usage.example.com", "CHANNEL_USAGE_API_KEY": "cua_…"}}}}`,
    )
    .action(async (_: ConnectionOptions, command: Command) => {
      const client = await clientFor(command.optsWithGlobals<ConnectionOptions>(), context);
      const { serveMcp } = await import('../mcp/serve.ts');
      await serveMcp(client);
    });
}
