import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

// From source this file is two folders below the package, from the bundle one.
const ROOT = fileURLToPath(new URL(import.meta.url.endsWith('.ts') ? '../..' : '..', import.meta.url));

/** A file that the package ships beside its code. */
export const shippedFile = (...path: string[]): string => join(ROOT, ...path);
