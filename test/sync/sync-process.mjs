// Starts sync-process.ts with node alone, by the module runner that the tests themselves use.
import { fileURLToPath } from 'node:url';
import { runnerImport } from 'vite';

const [, , folder, databaseUrl] = process.argv;
const file = fileURLToPath(new URL('./sync-process.ts', import.meta.url));
const { module } = await runnerImport(file, { configFile: false, logLevel: 'error' });
await module.serve(folder, databaseUrl);
