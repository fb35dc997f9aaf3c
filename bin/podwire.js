#!/usr/bin/env node
// Old syntax on purpose: an old Node must get as far as the Node that came along, or the sentence below.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

var major = Number(process.versions.node.split('.')[0]);
var own = fileURLToPath(new URL('../node_modules/node/bin/node', import.meta.url)); // npm ci brings it
if (major >= 24) run();
else if (existsSync(own)) runWith(own);
else fail('podwire needs Node 24 or newer, and this is ' + process.version + '.');

function run() {
  import('../dist/podwire.mjs').catch(function (error) {
    var unbuilt = error.code === 'ERR_MODULE_NOT_FOUND' && /dist[\\/]podwire\.mjs/.test(error.message);
    fail(unbuilt ? 'podwire is not built yet: run "npm run build" first.' : error);
  });
}

function runWith(node) {
  var child = spawn(node, process.argv.slice(1), { stdio: 'inherit' });
  ['SIGINT', 'SIGTERM', 'SIGHUP'].forEach(function (signal) {
    process.on(signal, function () {
      // A terminal sends SIGINT to both of us.
      if (signal !== 'SIGINT' || !process.stdin.isTTY) child.kill(signal);
    });
  });
  child.on('exit', function (code, signal) {
    process.exit(signal === null ? code : 1);
  });
}

function fail(reason) {
  console.error(reason);
  process.exit(1);
}
