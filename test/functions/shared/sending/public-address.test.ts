import { describe, expect, test } from 'vitest';
import { isAllowedAddress, urlProblem } from '../../../../functions/shared/sending/public-address.ts';

const STAGE = { allowLoopback: false };
const LOCAL_HOST = { allowLoopback: true };

const PUBLIC = [
  '93.184.215.14',
  '8.8.8.8',
  '172.15.0.1',
  '172.32.0.1',
  '2606:2800:21f:cb07::1',
  '::ffff:8.8.8.8',
];
const LOOPBACK = ['127.0.0.1', '127.255.255.254', '::1', '::ffff:127.0.0.1', '::ffff:7f00:1'];
const NOT_PUBLIC = [
  ['unspecified', '0.0.0.0'],
  ['unspecified', '0.1.2.3'],
  ['unspecified', '::'],
  ['private', '10.0.0.1'],
  ['private', '172.16.0.1'],
  ['private', '172.31.255.255'],
  ['private', '192.168.1.1'],
  ['shared by carriers', '100.64.0.1'],
  ['link-local', '169.254.1.1'],
  ['metadata', '169.254.169.254'],
  ['metadata of containers', '169.254.170.2'],
  ['metadata over IPv6', 'fd00:ec2::254'],
  ['link-local', 'fe80::1'],
  ['link-local with a zone', 'fe80::1%eth0'],
  ['unique-local', 'fc00::1'],
  ['site-local', 'fec0::1'],
  ['multicast', '224.0.0.1'],
  ['multicast', 'ff02::1'],
  ['broadcast', '255.255.255.255'],
  ['reserved', '240.0.0.1'],
  ['of documents', '192.0.2.1'],
  ['of documents', '2001:db8::1'],
  ['of benchmarks', '198.18.0.1'],
  ['private, as IPv6', '::ffff:10.0.0.1'],
  ['metadata, as IPv6', '::ffff:169.254.169.254'],
  ['private, as IPv6 once had it', '::10.0.0.1'],
  ['private, behind NAT64', '64:ff9b::10.0.0.1'],
  ['private, by 6to4', '2002:a00:1::1'],
  ['no address', 'example.com'],
  ['nothing', ''],
] as const;

describe('an address', () => {
  test.each(PUBLIC)('of the internet is allowed: %s', (address) => {
    expect(isAllowedAddress(address, STAGE)).toBe(true);
    expect(isAllowedAddress(address, LOCAL_HOST)).toBe(true);
  });

  test.each(NOT_PUBLIC)('that is %s is allowed nowhere: %s', (_kind, address) => {
    expect(isAllowedAddress(address, STAGE)).toBe(false);
    expect(isAllowedAddress(address, LOCAL_HOST)).toBe(false);
  });

  test.each(LOOPBACK)('of this machine is allowed on the local host alone: %s', (address) => {
    expect(isAllowedAddress(address, STAGE)).toBe(false);
    expect(isAllowedAddress(address, LOCAL_HOST)).toBe(true);
  });
});

describe('a URL', () => {
  test.each(['https://example.com/hook', 'https://8.8.8.8:8443/hook', 'https://[2606:2800:21f:cb07::1]/'])(
    'of the internet has no problem: %s',
    (url) => {
      expect(urlProblem(url, STAGE)).toBeUndefined();
      expect(urlProblem(url, LOCAL_HOST)).toBeUndefined();
    },
  );

  test.each([
    'https://127.0.0.1/hook',
    'https://127.1/hook',
    'https://0x7f000001/hook',
    'https://2130706433/hook',
    'https://[::1]/hook',
    'https://[::ffff:127.0.0.1]/hook',
    'https://localhost/hook',
    'https://LOCALHOST./hook',
    'https://receiver.localhost/hook',
  ])('of this machine is for the local host alone: %s', (url) => {
    expect(urlProblem(url, STAGE)).toBe('its address is not a public one');
    expect(urlProblem(url, LOCAL_HOST)).toBeUndefined();
  });

  test.each([
    'https://10.1.2.3/hook',
    'https://169.254.169.254/latest',
    'https://[fd00:ec2::254]/',
    'https://printer.local/hook',
    'https://metadata.google.internal/',
    'https://METADATA.INTERNAL./',
  ])('of a private address is for nobody: %s', (url) => {
    expect(urlProblem(url, STAGE)).toBe('its address is not a public one');
    expect(urlProblem(url, LOCAL_HOST)).toBe('its address is not a public one');
  });

  test.each(['https://user@example.com/', 'https://user:password@example.com/', 'https://:x@example.com/'])(
    'holds no credentials: %s',
    (url) => {
      expect(urlProblem(url, STAGE)).toBe('it has to hold no user name and no password');
      expect(urlProblem(url, LOCAL_HOST)).toBe('it has to hold no user name and no password');
    },
  );

  test('without encryption is for the local host alone', () => {
    expect(urlProblem('http://example.com/hook', STAGE)).toBe('it has to begin with https://');
    expect(urlProblem('http://example.com/hook', LOCAL_HOST)).toBeUndefined();
  });

  test.each([
    ['ftp://example.com/', 'it has to begin with https://'],
    ['file:///etc/passwd', 'it has to begin with https://'],
    ['example.com/hook', 'it is not a URL'],
    ['', 'it is not a URL'],
  ])('has to be one of HTTP: %s', (url, problem) => {
    expect(urlProblem(url, STAGE)).toBe(problem);
    expect(urlProblem(url, LOCAL_HOST)).toBe(problem);
  });
});
