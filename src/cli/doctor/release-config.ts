import type { Inquiry } from '../../kube/inquiry.ts';
import { RESOURCES } from '../../kube/resources.ts';
import type { ConfigText } from '../../settings/config-file.ts';
import { known } from './known.ts';

/** The config file of the release that is installed, from its ConfigMap; undefined where there is none, or more than one. */
export async function findReleaseConfig(
  inquiry: Inquiry,
  namespace: string | undefined,
): Promise<ConfigText | undefined> {
  const scope = { labelSelector: 'app.kubernetes.io/name=podwire', ...(namespace !== undefined && { namespace }) };
  const listed = await known(inquiry.list(RESOURCES.configMap, scope));
  const found = ('value' in listed ? listed.value : []).flatMap(({ metadata, data }) => {
    const text = (data as Record<string, string> | undefined)?.['config.yaml'];
    return text === undefined ? [] : [{ path: `ConfigMap ${metadata.namespace}/${metadata.name}, config.yaml`, text }];
  });
  return found.length === 1 ? found[0] : undefined;
}
