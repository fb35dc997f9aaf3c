import type { Case } from './case.ts';
import { configMap, deployment, ingress, paths, pod, refusal, service } from './objects.ts';

const MERGE = { type: 'application/merge-patch+json' };
const JSON_PATCH = { type: 'application/json-patch+json' };
const STRATEGIC = { type: 'application/strategic-merge-patch+json' };

/** Create, read, update, delete, and patches of each kind. */
export const WRITING: Case[] = [
  {
    name: 'create answers 201 with what the server adds',
    async observe({ http, namespace }) {
      const { status, body } = await http.send('POST', paths(namespace).configMaps, configMap('one'));
      const { uid, resourceVersion, creationTimestamp, generation } = body.metadata;
      return [
        status,
        body.kind,
        body.apiVersion,
        typeof uid,
        typeof resourceVersion,
        typeof creationTimestamp,
        generation,
      ];
    },
    expected: [201, 'ConfigMap', 'v1', 'string', 'string', 'string', undefined],
  },
  {
    name: 'create of a name that is taken is 409 AlreadyExists',
    async observe({ http, namespace }) {
      await http.send('POST', paths(namespace).configMaps, configMap('one'));
      return refusal(await http.send('POST', paths(namespace).configMaps, configMap('one')));
    },
    expected: { status: 409, reason: 'AlreadyExists', fields: [] },
  },
  {
    name: 'what is not there is 404 NotFound, for every verb',
    async observe({ http, namespace }) {
      const at = `${paths(namespace).configMaps}/none`;
      const answers = [
        await http.send('GET', at),
        await http.send('DELETE', at),
        await http.send('PATCH', at, {}, MERGE),
        await http.send('PUT', at, configMap('none', { metadata: { name: 'none', uid: 'x', resourceVersion: '1' } })),
      ];
      return answers.map(({ status, body }) => `${status} ${body.reason}`);
    },
    expected: ['404 NotFound', '404 NotFound', '404 NotFound', '404 NotFound'],
  },
  {
    name: 'an update of an old version is 409 Conflict',
    async observe({ http, namespace }) {
      const at = `${paths(namespace).configMaps}/one`;
      const { body } = await http.send('POST', paths(namespace).configMaps, configMap('one'));
      await http.send('PATCH', at, { data: { a: '9' } }, MERGE);
      return refusal(await http.send('PUT', at, { ...body, data: {} }));
    },
    expected: { status: 409, reason: 'Conflict', fields: [] },
  },
  {
    name: 'an object in a namespace that is not there is 404',
    async observe({ http }) {
      return refusal(await http.send('POST', paths('nowhere').configMaps, configMap('one')));
    },
    expected: { status: 404, reason: 'NotFound', fields: [] },
  },
  {
    name: 'a name that is none is 422, naming the field',
    async observe({ http, namespace }) {
      return refusal(await http.send('POST', paths(namespace).configMaps, configMap('Not_A_Name')));
    },
    expected: { status: 422, reason: 'Invalid', fields: ['metadata.name'] },
  },
  {
    name: 'what a Service must have is 422 when it is missing',
    async observe({ http, namespace }) {
      const { services } = paths(namespace);
      const port = (port: object) => http.send('POST', services, service('one', { ports: [port] }));
      return [refusal(await port({ port: 0 })), refusal(await port({ port: 80, protocol: 'HTTP' }))];
    },
    expected: [
      { status: 422, reason: 'Invalid', fields: ['spec.ports[0].port', 'spec.ports[0].targetPort'] },
      { status: 422, reason: 'Invalid', fields: ['spec.ports[0].protocol'] },
    ],
  },
  {
    name: 'a selector that does not match the template is 422',
    async observe({ http, namespace }) {
      const wrong = deployment('web', { selector: { matchLabels: { app: 'other' } } });
      return refusal(await http.send('POST', paths(namespace).deployments, wrong));
    },
    expected: { status: 422, reason: 'Invalid', fields: ['spec.template.metadata.labels'] },
  },
  {
    name: 'a preStop sleep must be shorter than the grace period',
    async observe({ http, namespace }) {
      const lifecycle = { preStop: { sleep: { seconds: 31 } } };
      const containers = [{ name: 'web', image: 'web', lifecycle }];
      return refusal(await http.send('POST', paths(namespace).pods, pod('one', { containers })));
    },
    expected: { status: 422, reason: 'Invalid', fields: ['spec.containers[0].lifecycle.preStop.sleep'] },
  },
  {
    name: 'an EndpointSlice refuses loopback addresses',
    async observe({ http, namespace }) {
      const slice = { metadata: { name: 'one' }, addressType: 'IPv4', endpoints: [{ addresses: ['127.0.0.1'] }] };
      return refusal(await http.send('POST', paths(namespace).slices, slice));
    },
    expected: { status: 422, reason: 'Invalid', fields: ['endpoints[0].addresses[0]'] },
  },
  {
    name: 'a Service gets what nobody has written',
    async observe({ http, namespace }) {
      const { body } = await http.send('POST', paths(namespace).services, service('one', { type: 'NodePort' }));
      const { type, ports, sessionAffinity, ipFamilies, ipFamilyPolicy, internalTrafficPolicy, externalTrafficPolicy } =
        body.spec;
      const [{ nodePort, ...port }] = ports;
      const address = /^\d+(\.\d+){3}$/.test(body.spec.clusterIP) && body.spec.clusterIPs.length === 1;
      const inRange = nodePort >= 30_000 && nodePort <= 32_767;
      return {
        type,
        port,
        sessionAffinity,
        ipFamilies,
        ipFamilyPolicy,
        internalTrafficPolicy,
        externalTrafficPolicy,
        address,
        inRange,
      };
    },
    expected: {
      type: 'NodePort',
      port: { protocol: 'TCP', port: 80, targetPort: 80 },
      sessionAffinity: 'None',
      ipFamilies: ['IPv4'],
      ipFamilyPolicy: 'SingleStack',
      internalTrafficPolicy: 'Cluster',
      externalTrafficPolicy: 'Cluster',
      address: true,
      inRange: true,
    },
  },
  {
    name: 'a Service of type LoadBalancer with Local gets a health check port',
    async observe({ http, namespace }) {
      const wanted = service('one', { type: 'LoadBalancer', externalTrafficPolicy: 'Local' });
      const { body } = await http.send('POST', paths(namespace).services, wanted);
      return [typeof body.spec.healthCheckNodePort, body.spec.allocateLoadBalancerNodePorts, body.status];
    },
    expected: ['number', true, { loadBalancer: {} }],
  },
  {
    name: 'a node port that is taken is 422',
    async observe({ http, namespace }) {
      const ports = [{ port: 80, nodePort: 30_999 }];
      await http.send('POST', paths(namespace).services, service('one', { type: 'NodePort', ports }));
      const second = await http.send('POST', paths(namespace).services, service('two', { type: 'NodePort', ports }));
      await http.send('DELETE', `${paths(namespace).services}/one`);
      return refusal(second);
    },
    expected: { status: 422, reason: 'Invalid', fields: ['spec.ports[0].nodePort'] },
  },
  {
    name: 'a Deployment gets what nobody has written',
    async observe({ http, namespace }) {
      const { body } = await http.send('POST', paths(namespace).deployments, deployment('web'));
      const { strategy, revisionHistoryLimit, progressDeadlineSeconds, template } = body.spec;
      const { restartPolicy, dnsPolicy, schedulerName, securityContext } = template.spec;
      const { imagePullPolicy, readinessProbe, terminationMessagePath, ports } = template.spec.containers[0];
      return {
        strategy,
        revisionHistoryLimit,
        progressDeadlineSeconds,
        pod: { restartPolicy, dnsPolicy, schedulerName, securityContext },
        container: { imagePullPolicy, readinessProbe, terminationMessagePath, ports },
      };
    },
    expected: {
      strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: '25%', maxUnavailable: '25%' } },
      revisionHistoryLimit: 10,
      progressDeadlineSeconds: 600,
      pod: {
        restartPolicy: 'Always',
        dnsPolicy: 'ClusterFirst',
        schedulerName: 'default-scheduler',
        securityContext: {},
      },
      container: {
        imagePullPolicy: 'Always',
        readinessProbe: {
          httpGet: { path: '/healthz', port: 'http', scheme: 'HTTP' },
          timeoutSeconds: 1,
          periodSeconds: 1,
          successThreshold: 1,
          failureThreshold: 3,
        },
        terminationMessagePath: '/dev/termination-log',
        ports: [{ name: 'http', containerPort: 8080, protocol: 'TCP' }],
      },
    },
  },
  {
    name: 'a merge patch replaces lists and takes away what is null',
    async observe({ http, namespace }) {
      const wanted = ingress('one', { tls: [{ hosts: ['a'] }, { hosts: ['b'] }] });
      await http.send('POST', paths(namespace).ingresses, {
        ...wanted,
        metadata: { name: 'one', labels: { a: '1', b: '2' } },
      });
      const patch = { metadata: { labels: { a: null, c: '3' } }, spec: { tls: [{ hosts: ['c'] }] } };
      const { status, body } = await http.send('PATCH', `${paths(namespace).ingresses}/one`, patch, MERGE);
      return [status, body.metadata.labels, body.spec.tls];
    },
    expected: [200, { b: '2', c: '3' }, [{ hosts: ['c'] }]],
  },
  {
    name: 'a JSON patch adds, replaces, removes, and tests first',
    async observe({ http, namespace }) {
      const at = `${paths(namespace).configMaps}/one`;
      await http.send('POST', paths(namespace).configMaps, configMap('one'));
      const good = [
        { op: 'test', path: '/data/a', value: '1' },
        { op: 'replace', path: '/data/a', value: '9' },
        { op: 'remove', path: '/data/b' },
        { op: 'add', path: '/data/c', value: '3' },
      ];
      const patched = await http.send('PATCH', at, good, JSON_PATCH);
      const refused = await http.send('PATCH', at, [{ op: 'test', path: '/data/a', value: 'x' }], JSON_PATCH);
      return [patched.body.data, refused.status];
    },
    expected: [{ a: '9', c: '3' }, 422],
  },
  {
    name: 'a strategic merge patch merges containers by name, ports and conditions by their keys',
    async observe({ http, namespace }) {
      await http.send('POST', paths(namespace).deployments, deployment('web', { replicas: 0 }));
      const containers = [
        { name: 'web', image: 'other', ports: [{ containerPort: 9090 }] },
        { name: 'side', image: 'side' },
      ];
      const patch = { spec: { template: { spec: { containers } } } };
      const { body } = await http.send('PATCH', `${paths(namespace).deployments}/web`, patch, STRATEGIC);
      const of = body.spec.template.spec.containers;
      return of.map(({ name, image, ports }: { name: string; image: string; ports?: { containerPort: number }[] }) => {
        return [name, image, (ports ?? []).map(({ containerPort }) => containerPort)];
      });
    },
    expected: [
      ['web', 'other', [9090, 8080]],
      ['side', 'side', []],
    ],
  },
  {
    name: 'a strategic merge patch can delete one element and replace a whole list',
    async observe({ http, namespace }) {
      const ports = [
        { name: 'a', port: 80 },
        { name: 'b', port: 81 },
      ];
      await http.send('POST', paths(namespace).services, service('one', { ports }));
      const at = `${paths(namespace).services}/one`;
      const less = await http.send('PATCH', at, { spec: { ports: [{ port: 81, $patch: 'delete' }] } }, STRATEGIC);
      const whole = { spec: { ports: [{ $patch: 'replace' }, { name: 'c', port: 82 }] } };
      const other = await http.send('PATCH', at, whole, STRATEGIC);
      return [less, other].map(({ body }) => body.spec.ports.map((port: { name: string }) => port.name));
    },
    expected: [['a'], ['c']],
  },
  {
    name: 'an unknown patch type is 415',
    async observe({ http, namespace }) {
      await http.send('POST', paths(namespace).configMaps, configMap('one'));
      const answer = await http.send('PATCH', `${paths(namespace).configMaps}/one`, {}, { type: 'application/json' });
      return [answer.status, answer.body.reason];
    },
    expected: [415, 'UnsupportedMediaType'],
  },
  {
    name: 'the status is written only through its subresource, and the rest only outside of it',
    async observe({ http, namespace }) {
      const at = `${paths(namespace).ingresses}/one`;
      const loadBalancer = { ingress: [{ hostname: 'a.example' }] };
      await http.send('POST', paths(namespace).ingresses, { ...ingress('one'), status: { loadBalancer } });
      const { body: main } = await http.send('PATCH', at, { status: { loadBalancer } }, MERGE);
      const patch = { spec: { ingressClassName: 'x' }, status: { loadBalancer } };
      const { body: status } = await http.send('PATCH', `${at}/status`, patch, MERGE);
      return [main.status, status.status, status.spec.ingressClassName];
    },
    expected: [{ loadBalancer: {} }, { loadBalancer: { ingress: [{ hostname: 'a.example' }] } }, undefined],
  },
  {
    name: 'the generation counts changes of what is wanted, not of metadata or status',
    async observe({ http, namespace }) {
      const at = `${paths(namespace).ingresses}/one`;
      const { body } = await http.send('POST', paths(namespace).ingresses, ingress('one'));
      const generations = [body.metadata.generation];
      for (const patch of [
        { metadata: { labels: { a: '1' } } },
        { spec: { ingressClassName: 'x' } },
        { spec: { ingressClassName: 'x' } },
      ])
        generations.push((await http.send('PATCH', at, patch, MERGE)).body.metadata.generation);
      const status = { status: { loadBalancer: { ingress: [{ hostname: 'a' }] } } };
      generations.push((await http.send('PATCH', `${at}/status`, status, MERGE)).body.metadata.generation);
      return generations;
    },
    expected: [1, 1, 2, 2, 2],
  },
  {
    name: 'a write that changes nothing leaves the version alone',
    async observe({ http, namespace }) {
      const at = `${paths(namespace).configMaps}/one`;
      const { body: before } = await http.send('POST', paths(namespace).configMaps, configMap('one'));
      const { body: same } = await http.send('PATCH', at, { data: { a: '1' } }, MERGE);
      const { body: other } = await http.send('PATCH', at, { data: { a: '2' } }, MERGE);
      const version = before.metadata.resourceVersion;
      return [same.metadata.resourceVersion === version, other.metadata.resourceVersion === version];
    },
    expected: [true, false],
  },
  {
    name: 'a finalizer holds a deleted object until it is taken away',
    async observe({ http, namespace }) {
      const at = `${paths(namespace).configMaps}/one`;
      await http.send(
        'POST',
        paths(namespace).configMaps,
        configMap('one', { metadata: { name: 'one', finalizers: ['example.dev/hold'] } }),
      );
      const deleted = await http.send('DELETE', at);
      const held = await http.send('GET', at);
      const added = await http.send(
        'PATCH',
        at,
        { metadata: { finalizers: ['example.dev/hold', 'example.dev/late'] } },
        MERGE,
      );
      await http.send('PATCH', at, { metadata: { finalizers: null } }, MERGE);
      const gone = await http.send('GET', at);
      return [deleted.status, typeof held.body.metadata.deletionTimestamp, added.status, gone.status];
    },
    expected: [200, 'string', 422, 404],
  },
  {
    name: 'a deletion with the wrong uid is 409 and deletes nothing',
    async observe({ http, namespace }) {
      const at = `${paths(namespace).configMaps}/one`;
      await http.send('POST', paths(namespace).configMaps, configMap('one'));
      const refused = await http.send('DELETE', at, { preconditions: { uid: '00000000-0000-0000-0000-000000000000' } });
      return [refusal(refused), (await http.send('GET', at)).status];
    },
    expected: [{ status: 409, reason: 'Conflict', fields: [] }, 200],
  },
  {
    name: 'a patch with the wrong uid is 422 and patches nothing',
    async observe({ http, namespace }) {
      const at = `${paths(namespace).configMaps}/one`;
      await http.send('POST', paths(namespace).configMaps, configMap('one'));
      const refused = await http.send(
        'PATCH',
        at,
        { metadata: { uid: '00000000-0000-0000-0000-000000000000' }, data: { a: '9' } },
        MERGE,
      );
      return [refused.status, (await http.send('GET', at)).body.data.a];
    },
    expected: [422, '1'],
  },
  {
    name: 'a pod without a node goes at once, one that runs when its grace is over',
    async observe({ http, namespace }) {
      await http.send('POST', paths(namespace).pods, pod('one'));
      await http.send('DELETE', `${paths(namespace).pods}/one`);
      return (await http.send('GET', `${paths(namespace).pods}/one`)).status;
    },
    expected: 404,
  },
  {
    name: 'a pod keeps its readiness gates and its ports for life',
    async observe({ http, namespace }) {
      await http.send('POST', paths(namespace).pods, pod('one'));
      const patch = { spec: { readinessGates: [{ conditionType: 'example.dev/gate' }] } };
      return refusal(await http.send('PATCH', `${paths(namespace).pods}/one`, patch, MERGE));
    },
    expected: { status: 422, reason: 'Invalid', fields: ['spec'] },
  },
];
