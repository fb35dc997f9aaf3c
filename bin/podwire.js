#!/usr/bin/env node
// Old syntax on purpose: an old Node must get as far as the sentence below.
var major = Number(process.versions.node.split('.')[0]);
if (major < 24) {
  console.error('podwire needs Node 24 or newer, and this is ' + process.version + '.');
  process.exit(1);
}
import('../dist/podwire.mjs').catch(function (error) {
  if (error.code === 'ERR_MODULE_NOT_FOUND' && /dist[\\/]podwire\.mjs/.test(error.message)) {
    console.error('podwire is not built yet: run "npm run build" first.');
  } else {
    console.error(error);
  }
  process.exit(1);
});
