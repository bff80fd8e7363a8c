// Stands for your own server: it serves the files of an example, and asks the service through the proxy.
import { readdir, readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { extname, join, relative } from 'node:path';
import { tokenServer } from '../embed/token-server.mjs';
import { PEERS, usageProxy } from './usage-proxy.mjs';

const { CHANNEL_USAGE_API_KEY, SERVICE_URL = 'http://127.0.0.1:8787', PORT = '8080' } = process.env;
const TYPES = { '.html': 'text/html; charset=utf-8', '.js': 'text/javascript', '.css': 'text/css' };
const [folder] = process.argv.slice(2);
if (folder === undefined || CHANNEL_USAGE_API_KEY === undefined) {
  console.error('Name the folder to serve, and set CHANNEL_USAGE_API_KEY: see examples/README.md.');
  process.exit(1);
}

// All files are read before the first request, so that no path in one can lead out of the folder.
const files = new Map();
for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
  const file = join(entry.parentPath, entry.name);
  if (entry.isFile()) files.set(`/${relative(folder, file)}`, await readFile(file));
}

const answerByService = usageProxy({ key: CHANNEL_USAGE_API_KEY, serviceUrl: SERVICE_URL });
const giveToken = tokenServer({
  key: CHANNEL_USAGE_API_KEY,
  serviceUrl: SERVICE_URL,
  // A server with accounts asks who it is.
  maySee: (_request, peer) => PEERS.has(peer),
});
const server = createServer((request, response) => {
  const { url } = request;
  if (url.startsWith('/usage-token?')) return giveToken(request, response);
  if (url.startsWith('/usage/') || url === '/channel-usage.js') return answerByService(request, response);
  const path = url === '/' ? '/index.html' : url;
  const file = files.get(path);
  if (file === undefined) return response.writeHead(404).end();
  return response.writeHead(200, { 'content-type': TYPES[extname(path)] ?? 'text/plain' }).end(file);
});
server.listen(Number(PORT), '127.0.0.1', () => {
  console.log(`The example is at http://127.0.0.1:${server.address().port}/`);
});
