import { Invalid } from '../../../src/errors.ts';
import type * as Package from '../../../src/kube/client-node-access.ts';

/** In place of the client that starts the programs which a kubeconfig names; the operator's image has none of them. */
export const clientNodeAccess: typeof Package.clientNodeAccess = async ({ name, files }) => {
  throw new Invalid(
    `kubeconfig ${files.join(', ')}`,
    `context "${name}" wants an exec plug-in, an auth provider or a proxy, and the image of the operator has none: ` +
      'wanted a token or a certificate, or "podwire run" of the package, which has them',
  );
};
