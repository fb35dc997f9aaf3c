import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { beforeAll, describe, expect, test } from 'vitest';
import { HELM_TOOLS } from '../../scripts/tool-cache.ts';
import { injectionManifests } from '../../src/admission/manifests.ts';
import { ALERTS } from '../../src/alerts.ts';
import { OPERATOR_RIGHTS, operatorRights, RELEASE_RIGHTS, releaseRights, ruleOf } from '../../src/kube/rights.ts';
import { METRICS } from '../../src/metrics.ts';
import { readSettings } from '../../src/settings/settings.ts';
import { describeWith } from '../tools.ts';
import { HelmFailed, helm, one, podsOf, type Rendered, render, renderText, settings } from './helm.ts';
import { COMBINATIONS } from './matrix.ts';

const INSTALLATION = { namespace: 'podwire-system', serviceAccount: 'podwire' };
const SLOW_MS = 300_000;
const OLD = ['--kube-version', '1.35.2'];
const NEW = ['--kube-version', '1.36.0'];

const refusal = async (rendering: Promise<unknown>): Promise<string> =>
  rendering.then(
    () => 'it rendered',
    (error: unknown) => (error instanceof HelmFailed ? error.message : Promise.reject(error as Error)),
  );

describe.each(HELM_TOOLS)('chart, by %s', (name) => {
  describeWith([name], `rendered by ${name}`, () => {
    let usual: Rendered[];
    beforeAll(async () => void (usual = await render(name, [], NEW)), SLOW_MS);

    test('H18: helm lint finds nothing wrong', async () => {
      expect(await helm(name, ['lint', '--strict', 'charts/podwire', ...settings([])])).toContain('0 chart(s) failed');
    });

    test('H1: a value that there is not is refused by its name, at any depth', async () => {
      expect(await refusal(render(name, ['replcaCount=3']))).toContain('replcaCount');
      expect(await refusal(render(name, ['image.tga=1']))).toContain('tga');
      expect(await refusal(render(name, ['config.workres=3']))).toContain('workres');
      expect(await refusal(render(name, ['config.clusterName=other']))).toContain('clusterName');
    });

    test('H1: a wrong value is refused by its name', async () => {
      expect(await refusal(render(name, ['replicaCount=many']))).toContain('replicaCount');
      expect(await refusal(render(name, ['injection=sometimes']))).toContain('injection');
      expect(await refusal(render(name, ['config.defaultScheme=public']))).toContain('defaultScheme');
      expect(await refusal(render(name, ['image.digest=latest']))).toContain('digest');
    });

    test.each(['clusterName', 'region', 'vpcId'])('H1: without %s there is no chart, and it is said', async (value) => {
      expect(await refusal(render(name, [`${value}=`]))).toContain(`${value} is required`);
    });

    test('H3: a policy that the cluster does not know is refused; auto takes the webhook', async () => {
      expect(await refusal(render(name, ['injection=policy'], OLD))).toContain('wants Kubernetes 1.36 or later');
      const older = await render(name, [], OLD);
      const kinds = (objects: Rendered[]) =>
        objects.map(({ kind }) => kind).filter((kind) => kind.startsWith('Mutating'));
      expect(kinds(older)).toEqual(['MutatingWebhookConfiguration']);
      expect([...new Set(kinds(usual))].toSorted()).toEqual([
        'MutatingAdmissionPolicy',
        'MutatingAdmissionPolicyBinding',
      ]);
    });

    test('H2, H16: the chart has no custom resource, so that no kind must be there before its definition', () => {
      const kinds = new Set(usual.map(({ apiVersion }) => apiVersion));
      expect([...kinds].filter((group) => group.startsWith('podwire.dev/') || group.startsWith('elbv2.'))).toEqual([]);
    });

    test('H2: definitions are kept when the chart goes', () => {
      const crds = usual.filter(({ kind }) => kind === 'CustomResourceDefinition');
      expect(crds.map(({ metadata }) => metadata.name).toSorted()).toEqual([
        'ingressclassparams.elbv2.k8s.aws',
        'loadbalancers.podwire.dev',
        'targetgroupbindings.elbv2.k8s.aws',
        'targetgroups.podwire.dev',
      ]);
      for (const { metadata } of crds) expect(metadata.annotations?.['helm.sh/resource-policy']).toBe('keep');
    });

    test('H5: two replicas over zones, one of which may be disrupted', async () => {
      const { spec } = one(usual, 'Deployment');
      expect(spec.replicas).toBe(2);
      const [zone] = spec.template.spec.topologySpreadConstraints;
      expect(zone).toMatchObject({ topologyKey: 'topology.kubernetes.io/zone', whenUnsatisfiable: 'ScheduleAnyway' });
      expect(zone.labelSelector.matchLabels).toEqual(spec.selector.matchLabels);
      expect(one(usual, 'PodDisruptionBudget').spec).toMatchObject({ maxUnavailable: 1, selector: spec.selector });
      const budgets = async (count: number) =>
        (await render(name, [`replicaCount=${count}`], NEW)).filter(({ kind }) => kind === 'PodDisruptionBudget')
          .length;
      expect([await budgets(1), await budgets(3)]).toEqual([0, 1]);
    });

    test('H6: every pod passes the standard restricted', () => {
      const pods = podsOf(usual);
      expect(pods.map(([kind]) => kind).toSorted()).toEqual(['Deployment', 'Job', 'Pod']);
      for (const [, pod] of pods) {
        expect(pod.hostNetwork).toBeUndefined();
        expect(pod.securityContext).toMatchObject({ runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } });
        for (const { securityContext } of pod.containers)
          expect(securityContext).toMatchObject({
            allowPrivilegeEscalation: false,
            readOnlyRootFilesystem: true,
            capabilities: { drop: ['ALL'] },
          });
      }
    });

    test('R9, R14: probes and sizes are set', () => {
      const [container] = one(usual, 'Deployment').spec.template.spec.containers;
      expect(container.livenessProbe.httpGet.path).toBe('/livez');
      expect(container.readinessProbe.httpGet.path).toBe('/readyz');
      expect(Object.keys(container.resources)).toEqual(expect.arrayContaining(['requests', 'limits']));
    });

    test('H7: a network policy lets in metrics and webhook, and out names, AWS and the identity agent', async () => {
      const rules = async (values: string[]) => {
        const { spec } = one(await render(name, ['networkPolicy.enabled=true', ...values], OLD), 'NetworkPolicy');
        const ports = (list: { ports: { port: unknown }[] }[]) =>
          list.flatMap(({ ports: all }) => all.map(({ port }) => port));
        return { in: ports(spec.ingress), out: ports(spec.egress) };
      };
      expect(await rules([])).toEqual({ in: ['metrics', 'webhook'], out: [53, 53, 443, 80] });
      expect(await rules(['injection=off', 'identity.type=environment'])).toEqual({
        in: ['metrics'],
        out: [53, 53, 443],
      });
      expect(usual.some(({ kind }) => kind === 'NetworkPolicy')).toBe(false);
    });

    test('H8: none of the identities asks the instance metadata service', async () => {
      const role = 'arn:aws:iam::123456789012:role/podwire';
      const irsa = await render(name, ['identity.type=irsa', `identity.roleArn=${role}`], NEW);
      expect(one(irsa, 'ServiceAccount', 'podwire').metadata.annotations?.['eks.amazonaws.com/role-arn']).toBe(role);
      expect(await refusal(render(name, ['identity.type=irsa']))).toContain('identity.roleArn is required');
      const environment = await render(name, ['identity.type=environment', 'identity.secretName=aws'], NEW);
      expect(one(environment, 'Deployment').spec.template.spec.containers[0].envFrom).toEqual([
        { secretRef: { name: 'aws' } },
      ]);
      const pods = [usual, irsa, environment].flatMap((objects) => podsOf(objects));
      // The Job speaks to the API server alone.
      for (const [, pod] of pods.filter(([kind]) => kind !== 'Job'))
        for (const { env } of pod.containers)
          expect(env).toContainEqual({ name: 'AWS_EC2_METADATA_DISABLED', value: 'true' });
    });

    test('H9: the token is mounted by name, in the containers that need it', () => {
      for (const account of usual.filter(({ kind }) => kind === 'ServiceAccount'))
        expect(account.automountServiceAccountToken).toBe(false);
      for (const [, pod] of podsOf(usual)) {
        expect(pod.automountServiceAccountToken).toBe(false);
        expect(pod.volumes.map((volume) => volume.name)).toContain('token');
        expect(pod.containers).toHaveLength(1);
      }
    });

    test('H10: monitors, alerts with their runbooks, and a panel for each metric', async () => {
      const parts = ['podMonitor', 'serviceMonitor', 'prometheusRule', 'dashboard'];
      const objects = await render(
        name,
        parts.map((part) => `monitoring.${part}.enabled=true`),
        NEW,
      );
      expect(one(objects, 'PodMonitor').spec.podMetricsEndpoints[0].port).toBe('metrics');
      const service = one(objects, 'Service', '-metrics');
      expect(service.metadata.labels).toMatchObject(one(objects, 'ServiceMonitor').spec.selector.matchLabels);
      const { rules } = one(objects, 'PrometheusRule').spec.groups[0];
      expect(
        rules.map(({ alert, annotations }: { alert: string; annotations: { runbook_url: string } }) => [
          alert,
          annotations.runbook_url,
        ]),
      ).toEqual(Object.keys(ALERTS).map((alert) => [alert, `docs/runbooks/${alert}.md`]));
      const board = JSON.parse(one(objects, 'ConfigMap', '-dashboard').data['podwire.json']);
      const measured = Object.keys(METRICS).filter((metric) => !metric.endsWith('_info')); // those only name things
      expect(board.panels.map(({ title }: { title: string }) => title)).toEqual(measured);
      expect(usual.some(({ apiVersion }) => apiVersion.startsWith('monitoring.'))).toBe(false);
    });

    // Helm 3 makes notes only beside a cluster: test/control-plane/chart.test.ts.
    test.runIf(name === 'helm4')('H11: the notes print the next command for the identity chosen', async () => {
      const notes = (values: string[]) =>
        helm(name, [
          'install',
          'podwire',
          'charts/podwire',
          '--namespace',
          'podwire-system',
          '--dry-run=client',
          ...settings(values),
        ]);
      expect(await notes([])).toMatch(
        /aws eks create-pod-identity-association --cluster-name demo --region eu-west-1 \\\s+--namespace podwire-system --service-account podwire \\\s+--role-arn ROLE_ARN/,
      );
      const role = 'arn:aws:iam::123456789012:role/podwire';
      expect(await notes(['identity.type=irsa', `identity.roleArn=${role}`])).toContain(
        'system:serviceaccount:podwire-system:podwire',
      );
      expect(await notes(['identity.type=environment', 'identity.secretName=aws'])).toContain(
        'kubectl get secret --namespace podwire-system aws',
      );
    });

    test('H11: helm test asks the doctor, as the operator', () => {
      const pod = one(usual, 'Pod');
      expect(pod.metadata.annotations?.['helm.sh/hook']).toBe('test');
      expect(pod.spec.containers[0].args[0]).toBe('doctor');
      expect(pod.spec.serviceAccountName).toBe(one(usual, 'Deployment').spec.template.spec.serviceAccountName);
    });

    test('H12: settings reach the config file, flags and environment the container', async () => {
      const values = [
        'config.workers=3',
        'extraArgs[0]=--log-level=debug',
        'extraEnv[0].name=A',
        'extraEnv[0].value=b',
      ];
      const objects = await render(name, values, NEW);
      expect(one(objects, 'ConfigMap', '-config').data['config.yaml']).toContain('\nworkers: 3\n');
      const [container] = one(objects, 'Deployment').spec.template.spec.containers;
      expect(container.args).toEqual(['run', '--config', '/etc/podwire/config.yaml', '--log-level=debug']);
      expect(container.env).toContainEqual({ name: 'A', value: 'b' });
      const checksum = (all: Rendered[]) =>
        one(all, 'Deployment').spec.template.metadata.annotations['checksum/config'];
      expect(checksum(objects)).not.toBe(checksum(usual));
    });

    test('H12: the operator reads the file that the chart writes', async () => {
      const objects = await render(name, ['config.workers=3', 'config.defaultTags.team=web'], NEW);
      const dir = await mkdtemp(join(tmpdir(), 'podwire-config-'));
      const file = join(dir, 'config.yaml');
      await writeFile(file, one(objects, 'ConfigMap', '-config').data['config.yaml']);
      const read = readSettings(['--config', file], {});
      await rm(dir, { recursive: true });
      expect(read).toMatchObject({
        settings: { clusterName: 'demo', workers: 3, defaultTags: { team: 'web' }, inject: 'policy' },
      });
    });

    test('H13: what is cluster-wide is named after namespace and release', async () => {
      const text = await helm(name, ['template', 'two', 'charts/podwire', '--namespace', 'other', ...settings([])]);
      expect(text).toContain('name: other-two-podwire\n');
      expect(text).not.toContain('name: podwire-system-podwire');
    });

    test('H13: with a controllerId everything that is cluster-wide is named and chosen by it, and what the settings say too', async () => {
      const blue = await render(name, ['controllerId=blue', 'strict=true'], NEW);
      const usualNames = new Set(
        usual.map(({ kind, metadata }) => `${kind} ${metadata.namespace ?? ''} ${metadata.name}`),
      );
      const admission = blue.filter(({ apiVersion }) => apiVersion.startsWith('admissionregistration'));
      expect(admission.length).toBeGreaterThan(5);
      expect(admission.filter(({ metadata }) => !metadata.name.endsWith('.podwire.dev-blue'))).toEqual([]);
      expect(admission.filter(({ kind, metadata }) => usualNames.has(`${kind}  ${metadata.name}`))).toEqual([]);
      const wanted = Object.values(injectionManifests({ ...INSTALLATION, controllerId: 'blue' })).flat();
      for (const { kind, metadata, spec } of admission)
        expect(spec).toEqual(wanted.find((one) => one.kind === kind && one.metadata.name === metadata.name)?.['spec']);
      expect(one(blue, 'IngressClass')).toMatchObject({
        metadata: { name: 'podwire-blue' },
        spec: { controller: 'podwire.dev/alb-blue' },
      });
      for (const [scope, kind] of [
        ['cluster', 'ClusterRole'],
        ['own namespace', 'Role'],
      ] as const) {
        const rights = operatorRights('blue').filter((right) => right.scope === scope && right.feature !== 'webhook');
        expect(one(blue, kind, 'podwire').rules).toEqual(rights.map(ruleOf));
      }
      expect(one(blue, 'ClusterRole', '-release').rules).toEqual(releaseRights('blue').map(ruleOf));
      const { args } = one(blue, 'Job').spec.template.spec.containers[0];
      expect(args).toEqual(['release', '--all', '--controller-id', 'blue']);
      expect(one(blue, 'Deployment').spec.template.metadata.labels['podwire.dev/controller']).toBe('blue');
      const read = readSettings([], {}, { path: 'chart', text: one(blue, 'ConfigMap', '-config').data['config.yaml'] });
      expect(read).toMatchObject({
        settings: { controllerId: 'blue', leaseName: 'podwire-blue', webhookSecret: 'podwire-webhook-blue' },
      });
      expect(await refusal(render(name, ['controllerId=Blue'], NEW))).toContain('controllerId');
    });

    test('H16: no variable stands twice', async () => {
      const own = ['extraEnv[0].name=AWS_REGION', 'extraEnv[0].value=eu-west-2'];
      const { env } = one(await render(name, own, NEW), 'Deployment').spec.template.spec.containers[0];
      const regions = env.filter((variable: { name: string }) => variable.name === 'AWS_REGION');
      expect(regions).toEqual([{ name: 'AWS_REGION', value: 'eu-west-2' }]);
      const twice = [...own, 'extraEnv[1].name=AWS_REGION', 'extraEnv[1].value=eu-west-3'];
      expect(await refusal(render(name, twice, NEW))).toContain('AWS_REGION stands there twice');
    });

    test('H19: before the chart goes, the release command runs with rights of its own', async () => {
      const job = one(usual, 'Job');
      expect(job.metadata.annotations?.['helm.sh/hook']).toBe('pre-delete');
      const args = (objects: Rendered[]) => one(objects, 'Job').spec.template.spec.containers[0].args;
      expect(args(usual)).toEqual(['release', '--all']);
      expect(args(await render(name, ['uninstall.force=true'], NEW))).toEqual([
        'release',
        '--all',
        '--keep-load-balancers',
      ]);
      expect(one(usual, 'ClusterRole', '-release').rules).toEqual(RELEASE_RIGHTS.map(ruleOf));
      expect((await render(name, ['uninstall.hook=false'], NEW)).some(({ kind }) => kind === 'Job')).toBe(false);
    });

    test.each([
      ['policy', NEW, 'cluster', 'ClusterRole'],
      ['webhook', OLD, 'cluster', 'ClusterRole'],
      ['policy', NEW, 'own namespace', 'Role'],
      ['webhook', OLD, 'own namespace', 'Role'],
    ] as const)('S9: with the %s (%s) the rights of the %s are those of the table', async (way, flags, scope, kind) => {
      const rights = OPERATOR_RIGHTS.filter((right) => right.scope === scope);
      const other = way === 'policy' ? 'webhook' : 'policy';
      const wanted = rights.filter(({ feature }) => feature !== other).map(ruleOf);
      expect(one(await render(name, [], flags), kind, 'podwire').rules).toEqual(wanted);
    });

    test('S8, S9: no Secret of another namespace, and no right without a name in its table', () => {
      const rules = usual
        .filter(({ kind }) => kind === 'ClusterRole')
        .flatMap(({ rules: all }) => all as { resources: string[]; verbs: string[] }[]);
      expect(rules.filter(({ resources }) => resources.includes('secrets'))).toEqual([]);
      expect(rules.filter(({ resources, verbs }) => [...resources, ...verbs].includes('*'))).toEqual([]);
    });

    test('S10: the admission manifests are those of deploy/injection', async () => {
      const wanted = Object.values(injectionManifests(INSTALLATION)).flat();
      const rendered = [...(await render(name, ['strict=true'], NEW)), ...(await render(name, [], OLD))];
      for (const manifest of wanted) {
        const found = rendered.find(
          ({ kind, metadata }) => kind === manifest.kind && metadata.name === manifest.metadata.name,
        );
        const { labels: _labels, ...metadata } = found?.metadata ?? { name: '' };
        const selector = manifest.kind === 'Service' && { selector: found?.spec.selector };
        const spec = selector ? { spec: { ...(manifest.spec as object), ...selector } } : {};
        expect({ ...found, metadata }).toEqual({ ...manifest, ...spec });
      }
      const service = one(rendered, 'Service', 'podwire-webhook').spec.selector;
      const pods = [one(usual, 'Pod').metadata.labels, one(usual, 'Job').spec.template.metadata.labels];
      const selects = (labels: Record<string, string>) =>
        Object.entries(service).every(([key, value]) => labels[key] === value);
      expect(selects(one(usual, 'Deployment').spec.template.metadata.labels)).toBe(true);
      expect(pods.filter(selects)).toEqual([]);
    });

    test('S10: a webhook lets through what it cannot answer, and leaves our namespace alone', async () => {
      for (const hook of one(await render(name, [], OLD), 'MutatingWebhookConfiguration').webhooks) {
        expect(hook).toMatchObject({ failurePolicy: 'Ignore', timeoutSeconds: 2 });
        const [excluded] = hook.namespaceSelector.matchExpressions;
        expect(excluded.values).toEqual(['kube-system', 'podwire-system']);
      }
    });

    test(
      'H4: thirty combinations are the same, byte for byte, when they are rendered again',
      async () => {
        expect(COMBINATIONS).toHaveLength(30);
        for (const { values, kubeVersion } of COMBINATIONS) {
          const flags = ['--kube-version', kubeVersion];
          const [first, second] = [await renderText(name, values, flags), await renderText(name, values, flags)];
          expect(first).toContain('kind: Deployment');
          // Not the texts: a difference of whole charts takes long to print.
          expect([values, second === first]).toEqual([values, true]);
        }
      },
      SLOW_MS,
    );
  });
});

describeWith(HELM_TOOLS, 'both Helms', () => {
  test('H16: they render the same objects', async () => {
    const [three, four] = await Promise.all(HELM_TOOLS.map((name) => render(name, ['strict=true'], OLD)));
    expect(isDeepStrictEqual(sorted(three as Rendered[]), sorted(four as Rendered[]))).toBe(true);
  });
});

const sorted = (objects: Rendered[]): Rendered[] =>
  objects.toSorted((a, b) => `${a.kind}/${a.metadata.name}`.localeCompare(`${b.kind}/${b.metadata.name}`));
