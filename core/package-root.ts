// Finds the package's own folder, so that compiled and uncompiled code read the same schema, migration and asset files.
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

function findRoot(): string {
  let folder = dirname(fileURLToPath(import.meta.url));
  while (!existsSync(join(folder, 'package.json'))) {
    const parent = dirname(folder);
    if (parent === folder) throw new Error('package.json not found above the code; the installation is incomplete');
    folder = parent;
  }
  return folder;
}

const root = findRoot();

/** The absolute path of a file of the package, given its path from the package's root. */
export function packagePath(...parts: readonly string[]): string {
  return join(root, ...parts);
}
