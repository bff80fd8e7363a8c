import { expect, inject, it } from 'vitest';
import { newVisitor, sendVisitorsHome } from './support/visitors.ts';

// That what goes wrong in a page is seen, whatever test is running.

const host = inject('host');

it('errors and warnings in the console, and those that nobody catches, are seen', async () => {
  const page = await (await newVisitor(host.url)).open();
  await page.evaluate(`
    console.warn('a warning');
    console.info('no problem');
    console.error('an error');
    setTimeout(() => { throw new Error('nobody catches this'); });
  `);
  await page.evaluate(() => new Promise((resolve) => setTimeout(resolve)));
  expect(await sendVisitorsHome()).toEqual([
    expect.stringMatching(/^the console shows: a warning /),
    expect.stringMatching(/^the console shows: an error /),
    expect.stringMatching(/^an error was not caught: Error: nobody catches this/),
  ]);
});

it('what the content security policy forbids is seen', async () => {
  const page = await (await newVisitor(host.url)).open();
  await page.evaluate(
    () =>
      new Promise((resolve) => {
        document.addEventListener('securitypolicyviolation', () => setTimeout(resolve));
        const script = document.createElement('script');
        script.textContent = 'document.title = "not allowed"';
        document.body.append(script);
      }),
  );
  const problems = await sendVisitorsHome();
  expect(problems).toContainEqual(
    expect.stringMatching(
      /^an error was not caught: Error: the content security policy forbids script-src-elem/,
    ),
  );
});

it('requests to another origin are seen', async () => {
  const visitor = await newVisitor('http://127.0.0.1:1');
  await visitor.open(host.url);
  expect(await sendVisitorsHome()).toContain(`another origin was asked: ${host.url}/`);
});

it('what was expected and did not happen, and secrets that are told, are seen', async () => {
  const visitor = await newVisitor(host.url);
  visitor.expectInConsole('status of 401');
  visitor.keepSecret('cua_secret');
  const page = await visitor.open('/?peer=cua_secret');
  await page.evaluate(`console.info('the key is cua_secret')`);
  expect(await sendVisitorsHome()).toEqual([
    'the console does not show: status of 401',
    `a secret was told: ${host.url}/?peer=cua_secret`,
    'a secret was told: the key is cua_secret',
  ]);
});
