import { text } from 'node:stream/consumers';
import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { checkParameters } from '../../infra/commands/check-parameters.ts';
import type { NeededParameter } from '../../infra/told-settings.ts';
import { serverThat } from '../support/sending/server.ts';

const KEYS = { AWS_REGION: 'eu-central-1', AWS_ACCESS_KEY_ID: 'id', AWS_SECRET_ACCESS_KEY: 'secret' };
const OWN: NeededParameter = { name: '/usage/own', setting: 'secretParameter of the webhook own' };
const SLACK: NeededParameter = { name: '/usage/slack', setting: 'urlParameter of the webhook slack' };

const request = z.object({ Names: z.array(z.string()).max(10), WithDecryption: z.literal(false) });

/** A Parameter Store with some parameters, by name with their types. @returns its address, and what it was asked for */
async function parameterStore(types: Readonly<Record<string, string>>) {
  const asked: string[][] = [];
  const endpoint = await serverThat(async (incoming, response) => {
    const { Names: names } = request.parse(JSON.parse(await text(incoming)));
    asked.push(names);
    const found = names.flatMap((name) => {
      const type = types[name];
      return type === undefined ? [] : [{ Name: name, Type: type, Value: 'encrypted' }];
    });
    response.writeHead(200, { 'content-type': 'application/x-amz-json-1.1' });
    response.end(
      JSON.stringify({ Parameters: found, InvalidParameters: names.filter((name) => !(name in types)) }),
    );
  });
  return { endpoint, asked };
}

describe('before a deploy', () => {
  it('parameters that are SecureStrings are found, each asked for once and not decrypted', async () => {
    const all = Array.from({ length: 12 }, (_, index) => ({ ...OWN, name: `/usage/own-${index}` }));
    const { endpoint, asked } = await parameterStore(
      Object.fromEntries(all.map(({ name }) => [name, 'SecureString'])),
    );
    await expect(checkParameters([...all, ...all], { endpoint }, KEYS)).resolves.toBeUndefined();
    expect(asked.map((names) => names.length)).toEqual([10, 2]);
  });

  it('settings without parameters ask nobody', async () => {
    await expect(checkParameters([], {}, {})).resolves.toBeUndefined();
  });

  it('a missing parameter is named, with the setting that names it and the command that makes it', async () => {
    const { endpoint } = await parameterStore({ [OWN.name]: 'SecureString' });
    await expect(checkParameters([OWN, SLACK], { endpoint }, KEYS)).rejects.toThrow(
      'Nothing was deployed: settings name parameters of SSM that functions could not read.\n\n' +
        '  - /usage/slack (urlParameter of the webhook slack) does not exist\n\n' +
        'Make each of them, with what it is to hold typed in where the command waits for it:\n\n' +
        `  read -rs SECRET && aws ssm put-parameter --region eu-central-1 --endpoint-url ${endpoint} ` +
        '--type SecureString --name /usage/slack --value "$SECRET"\n\n' +
        'docs/how-to/be-told.md#settings says what each has to hold.',
    );
  });

  it('a parameter that anybody can read is refused, and has to go first', async () => {
    const { endpoint } = await parameterStore({ [OWN.name]: 'String' });
    const refused = expect(checkParameters([OWN], { endpoint }, KEYS)).rejects;
    await refused.toThrow(
      '  - /usage/own (secretParameter of the webhook own) is a String, and has to be a SecureString',
    );
    await refused.toThrow(
      /aws ssm delete-parameter .* --name \/usage\/own\n {2}read -rs SECRET && aws ssm put/,
    );
  });

  it('two settings may name one parameter, which is made once', async () => {
    const { endpoint } = await parameterStore({});
    const both = [OWN, { ...OWN, setting: 'secretParameter of exports.mixpanel' }];
    const message = await checkParameters(both, { endpoint }, KEYS).catch(String);
    expect(message).toMatch(/the webhook own\) does not exist\n.* of exports.mixpanel\) does not exist/);
    expect(message?.match(/put-parameter/g)).toHaveLength(1);
  });

  it('credentials that may not look are told what they need', async () => {
    const endpoint = await serverThat((_request, response) => {
      response.writeHead(400, { 'content-type': 'application/x-amz-json-1.1' });
      response.end(JSON.stringify({ __type: 'AccessDeniedException', message: 'not authorized' }));
    });
    await expect(checkParameters([OWN], { endpoint }, KEYS)).rejects.toThrow(
      'could not be checked (AccessDeniedException: not authorized). ' +
        'The credentials need ssm:GetParameters on /usage/own: docs/how-to/be-told.md#settings',
    );
  });
});
