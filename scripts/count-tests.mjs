// Adds up the test reports of one run and names what failed: `node scripts/count-tests.mjs FOLDER`.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const [folder] = process.argv.slice(2);
const total = { passed: 0, failed: 0, skipped: 0 };
const failures = [];
for (const file of readdirSync(folder)) {
  const {
    numPassedTests: passed,
    numFailedTests: failed,
    numPendingTests: skipped,
    testResults,
  } = JSON.parse(readFileSync(join(folder, file), 'utf8'));
  console.log(`${file.replace('.json', '')}: ${passed} passed, ${failed} failed, ${skipped} skipped`);
  total.passed += passed;
  total.failed += failed;
  total.skipped += skipped;
  failures.push(...testResults.flatMap(failuresOf));
}
console.log(`${total.passed} passed, ${total.failed} failed, ${total.skipped} skipped`);
for (const line of failures) console.log(line);

function failuresOf({ name, status, message, assertionResults }) {
  const failed = assertionResults.filter((test) => test.status === 'failed');
  const ofFile = status === 'failed' && failed.length === 0 ? [`FAILED ${name}: ${firstLine(message)}`] : [];
  return [
    ...ofFile,
    ...failed.map((test) => `FAILED ${name} > ${test.fullName}: ${firstLine(test.failureMessages[0])}`),
  ];
}

function firstLine(text = '') {
  return text.split('\n', 1)[0].slice(0, 300);
}
