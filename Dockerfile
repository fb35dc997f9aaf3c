# Generated from src/node-flags.ts: npm run generate.
# The base is named by whoever builds, with its digest: Node 24 at /nodejs/bin/node, and neither shell nor package manager.
ARG BASE
FROM ${BASE}
LABEL org.opencontainers.image.title="podwire" \
  org.opencontainers.image.description="Wires AWS load balancers straight to Kubernetes Pods" \
  org.opencontainers.image.licenses="Apache-2.0"
# Built before, once for all architectures: npm run build.
COPY --chmod=0444 dist/operator*.mjs dist/operator.cdx.json dist/operator.licenses.txt LICENSE /app/
USER 65532:65532
ENTRYPOINT ["/nodejs/bin/node", "--max-semi-space-size=1", "--no-opt", "--no-maglev", "--max-old-space-size-percentage=60", "--permission", "--allow-fs-read=/app/", "--allow-fs-read=/etc/podwire/", "--allow-fs-read=/var/run/secrets/kubernetes.io/serviceaccount/", "--allow-fs-read=/var/run/secrets/eks.amazonaws.com/serviceaccount/", "--allow-fs-read=/var/run/secrets/pods.eks.amazonaws.com/serviceaccount/", "--allow-fs-read=/proc/self/fd/", "--allow-fs-read=/proc/self/limits", "--allow-fs-read=/proc/self/status", "--disallow-code-generation-from-strings", "/app/operator.mjs"]
