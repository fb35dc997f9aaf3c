import { imageEntrypoint } from '../src/node-flags.ts';

const ENTRYPOINT = imageEntrypoint({ node: '/nodejs/bin/node', app: '/app' });

/** The Dockerfile of the operator: one bundle on a base that has Node and nothing else. Nothing runs while it is built. */
export const dockerfile = (): string => `# Generated from src/node-flags.ts: npm run generate.
# The base is named by whoever builds, with its digest: Node 24 at ${ENTRYPOINT[0]}, and neither shell nor package manager.
ARG BASE
FROM \${BASE}
LABEL org.opencontainers.image.title="podwire" \\
  org.opencontainers.image.description="Wires AWS load balancers straight to Kubernetes Pods" \\
  org.opencontainers.image.licenses="Apache-2.0"
# Built before, once for all architectures: npm run build.
COPY --chmod=0444 dist/operator*.mjs dist/operator.cdx.json dist/operator.licenses.txt LICENSE /app/
USER 65532:65532
ENTRYPOINT ${JSON.stringify(ENTRYPOINT).replaceAll('","', '", "')}
`;
