import { InvalidArgumentError, Option } from 'commander';
import { STAGES, SuffixError, stackName } from '../stack-name.ts';

// The options by which a person names a stack. They mean the same to whoever deploys it and to whoever works on its data.

export function stageOption(): Option {
  return new Option('--stage <stage>', 'the stage').choices(STAGES);
}

export function suffixOption(): Option {
  return new Option('--suffix <text>', 'tells this stack from other ones of the stage').argParser(
    parseSuffix,
  );
}

export function endpointOption(): Option {
  return new Option(
    '--endpoint <url>',
    'an emulator of AWS instead of an account; else AWS_ENDPOINT_URL',
  ).argParser(parseUrl);
}

function parseSuffix(text: string): string {
  try {
    stackName({ stage: 'dev', suffix: text });
    return text;
  } catch (error) {
    if (!(error instanceof SuffixError)) throw error;
    throw new InvalidArgumentError(`${error.message}.`);
  }
}

function parseUrl(text: string): string {
  if (!/^https?:\/\/./.test(text) || !URL.canParse(text)) {
    throw new InvalidArgumentError('An endpoint is a URL such as http://127.0.0.1:4566.');
  }
  return text;
}
