import fs from 'node:fs/promises';
import { syncBuiltinESMExports } from 'node:module';

// Loaded before the local host, where root runs it: it becomes a user without rights when it turns to its data
// folder. Not earlier, because that user may be unable to enter the folder of the checkout.
const NOBODY = 65_534;
const { mkdir } = fs;
Object.assign(fs, {
  mkdir: (...given: Parameters<typeof mkdir>) => {
    process.seteuid?.(NOBODY);
    return mkdir(...given);
  },
});
syncBuiltinESMExports();
