// `npm run build`: brings node_modules and dist up to date and does nothing when they are.

import { ensureBuilt, ensureInstalled, orExit } from './bootstrap.mjs';

await orExit(ensureInstalled);
await orExit(ensureBuilt);
