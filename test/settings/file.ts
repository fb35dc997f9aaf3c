import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const FOLDER = mkdtempSync(join(tmpdir(), 'podwire-settings-'));

/** Writes a file that is gone with the machine's temporary files, and tells its path. */
export function fileWith(text: string): string {
  const path = join(FOLDER, 'podwire.yaml');
  writeFileSync(path, text);
  return path;
}

export const HEAD = 'apiVersion: podwire.dev/v1alpha1\nkind: ControllerConfiguration\n';
