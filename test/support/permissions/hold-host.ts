import { registerHooks } from 'node:module';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { endOnRefusal } from './judgement.ts';
import { redirectionOf } from './redirection.ts';

// node --import hold-host.ts local/main.ts: a local host whose functions are held to their policies.

endOnRefusal();
registerHooks({
  resolve(specifier, context, nextResolve) {
    const resolved = nextResolve(specifier, context);
    if (!resolved.url.startsWith('file:') || context.parentURL?.startsWith('file:') !== true) return resolved;
    const held = redirectionOf(fileURLToPath(resolved.url), fileURLToPath(context.parentURL));
    return held === undefined ? resolved : { ...resolved, url: pathToFileURL(held).href };
  },
});
