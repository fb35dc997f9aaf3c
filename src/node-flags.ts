/**
 * Percent of the memory that the container may use, or of the machine where it has no limit, that the heap may grow to. The rest is
 * for Node's own code (48 MB), the buffers of connections, and what is not JavaScript.
 */
export const HEAP_SHARE = 60;

const SHARE_FLAG = '--max-old-space-size-percentage';

/**
 * Flags of Node for the operator, which waits for the network nearly all of its time: a small young generation, and no
 * optimising compilers, whose code and working memory cost more than what they compile. Measured with 100 Ingresses and
 * 1,000 pods: 108 MB resident without the flags, 80 MB with them, and 690 ms instead of 600 ms of CPU for a restart.
 */
export const NODE_FLAGS = [
  '--max-semi-space-size=1',
  '--no-opt',
  '--no-maglev',
  // Since Node 24.6; the image has a later one, and an older one on somebody's machine does without.
  ...(process.allowedNodeEnvironmentFlags.has(SHARE_FLAG) ? [`${SHARE_FLAG}=${HEAP_SHARE}`] : []),
];

/** What the operator of the image may read beside its own folder; nothing may be written, and no program or thread started. */
const READABLE = [
  '/etc/podwire/', // its config file
  '/var/run/secrets/kubernetes.io/serviceaccount/',
  '/var/run/secrets/eks.amazonaws.com/serviceaccount/', // token of IRSA
  '/var/run/secrets/pods.eks.amazonaws.com/serviceaccount/', // token of Pod Identity
  ...['/proc/self/fd/', '/proc/self/limits', '/proc/self/status'], // process_* of the metrics
];

/** Where the image has Node and the bundle; a test has both elsewhere. */
export type ImagePlaces = { node: string; app: string };

/** The image's entrypoint: the operator under Node's permission model. Flags of ours go before the bundle, a command after it. */
export function imageEntrypoint({ node, app }: ImagePlaces): [file: string, ...args: string[]] {
  const reads = [`${app}/`, ...READABLE].map((path) => `--allow-fs-read=${path}`);
  const contained = ['--permission', ...reads, '--disallow-code-generation-from-strings'];
  return [node, ...NODE_FLAGS, ...contained, `${app}/operator.mjs`];
}
