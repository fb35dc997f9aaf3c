// At the head of every npm script: with --ignore-scripts the pinned Node is not installed and the system's would run silently.
const [major] = process.versions.node.split('.').map(Number);
if (major < 24) {
  console.error(
    `podwire needs Node 24 and this is ${process.version}. "npm ci" brings the right one (devDependency "node"); with --ignore-scripts it cannot.`,
  );
  process.exit(1);
}
