import type { DoctorFacts } from '../facts.ts';
import { type Finding, found, isSkipped, isWell } from '../finding.ts';
import { wordsOf } from './words.ts';

const OLDEST = 30;
const NEWEST = 36;

const TROUBLE = {
  kubeconfig: 'KubeconfigUnusable',
  unreachable: 'ApiServerUnreachable',
  refused: 'ApiServerRefuses',
} as const;

export function judgeSettings({ settings }: DoctorFacts): Finding[] {
  if ('value' in settings) {
    const { clusterName, region, vpcId } = settings.value;
    return [isWell('settings', 'settings', `cluster ${clusterName} in ${region}, ${vpcId}`)];
  }
  return settings.problems.map((message) => found('SettingsInvalid', { object: 'settings', message }));
}

export function judgeApiServer({ api }: DoctorFacts): Finding[] {
  const object = `API server ${api.server}`.trim();
  if ('trouble' in api) return [found(TROUBLE[api.trouble], { object, message: api.message })];
  const account = 'value' in api.account ? api.account.value : `an account it does not name (${api.account.unknown})`;
  return [isWell('api-server', object, `answers ${account}`)];
}

export function judgeKubernetes(facts: DoctorFacts): Finding[] {
  const { api, kubelets } = facts;
  if ('trouble' in api) return [isSkipped('kubernetes', 'API server', 'the API server cannot be asked')];
  return [judgeVersion(facts, api.version), ...judgeKubelets(kubelets)];
}

function judgeVersion(facts: DoctorFacts, version: string): Finding {
  const object = 'API server';
  const minor = minorOf(version);
  if (minor === undefined)
    return isSkipped('kubernetes', object, `its version cannot be read: ${version || 'nothing'}`);
  const message = `Kubernetes ${version}; wanted 1.${OLDEST} to 1.${NEWEST}`;
  const words = { ...wordsOf(facts), wanted: `1.${minor + 1}` };
  if (minor < OLDEST) return found('KubernetesTooOld', { object, message, words });
  if (minor > NEWEST) return found('KubernetesUntested', { object, message });
  return isWell('kubernetes', object, `Kubernetes ${version}`);
}

/** `v1.30.4-eks-a1b2c3d` is 30. */
function minorOf(version: string): number | undefined {
  const [, minor] = /^v?1\.(\d+)/.exec(version) ?? [];
  return minor === undefined ? undefined : Number(minor);
}

function judgeKubelets(kubelets: DoctorFacts['kubelets']): Finding[] {
  if ('unknown' in kubelets) return [isSkipped('kubernetes', 'nodes', kubelets.unknown)];
  const old = kubelets.value.filter(({ version }) => (minorOf(version) ?? OLDEST) < OLDEST);
  if (old.length === 0) return [isWell('kubernetes', 'nodes', `${kubelets.value.length} of 1.${OLDEST} or later`)];
  return old.map(({ node: name, version }) =>
    found('KubeletTooOld', { object: `Node ${name}`, message: `kubelet ${version}`, words: { name } }),
  );
}

export function judgeRights(facts: DoctorFacts): Finding[] {
  const { rights, api } = facts;
  const account = 'account' in api && 'value' in api.account ? api.account.value : 'this account';
  const object = `account ${account}`;
  if ('unknown' in rights) return [isSkipped('api-rights', object, rights.unknown)];
  const missing = rights.value.filter(({ allowed }) => !allowed);
  if (missing.length === 0)
    return [isWell('api-rights', object, `may do all ${rights.value.length} things that are asked for`)];
  return missing.map(({ right, where, why }) =>
    found('RightMissing', { object, message: `may not ${right} ${where}`, words: { ...wordsOf(facts), why } }),
  );
}
