import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { BundledPackage } from './packages.ts';

/** What may be in a bundle under our own licence, Apache-2.0: each asks for its text to be passed on, or for nothing. */
const ALLOWED = ['0BSD', 'Apache-2.0', 'BSD-2-Clause', 'BSD-3-Clause', 'ISC', 'MIT', 'Unlicense'];

/** A sentence for each package whose licence nobody has looked at. */
export function licenseProblems(packages: BundledPackage[]): string[] {
  return packages
    .filter(({ license }) => !ALLOWED.includes(license))
    .map(
      ({ name, version, license }) =>
        `${name} ${version}: its licence is ${license === '' ? 'not named' : license}, wanted one of ${ALLOWED.join(', ')}`,
    );
}

const NOTICE = /^(licen[cs]e|copying|notice)(\.(md|txt))?$/i;
const RULE = '-'.repeat(80);

/** The licence texts of all packages in a bundle, each text once. Throws where a licence is not an allowed one. */
export function licenseReport(packages: BundledPackage[], root: string): string {
  const problems = licenseProblems(packages);
  if (problems.length > 0) throw new Error(problems.join('\n'));
  const byText = Map.groupBy(packages, ({ folder }) => textIn(join(root, folder)));
  const parts = [...byText].map(([text, of]) => {
    const names = of.map(({ name, version, license }) => `${name} ${version} (${license})`);
    return [
      RULE,
      ...names,
      '',
      text === '' ? 'No text of its own; that of its licence stands at another package.' : text,
    ];
  });
  return `${parts.flat().join('\n')}\n`;
}

function textIn(folder: string): string {
  const files = readdirSync(folder)
    .filter((file) => NOTICE.test(file))
    .toSorted();
  return files.map((file) => readFileSync(join(folder, file), 'utf8').replaceAll('\r\n', '\n').trim()).join('\n\n');
}
