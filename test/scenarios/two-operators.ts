import type { Ec2Api, ElbApi } from '../../src/aws/api.ts';
import type { KubeApi, ObjectKey, Resource } from '../../src/kube/api.ts';
import type { Settings } from '../../src/settings/settings.ts';
import type { Life } from './life.ts';
import type { World } from './world.ts';

/** Ids of what AWS makes: ARNs, and ids of security groups. */
const IDS = /arn:aws:elasticloadbalancing:[^"]+|sg-[0-9a-f]+/g;

/** Kinds that more than one may write to: a pod carries the gate of each, and Events are new ones. */
const SHARED = ['pods', 'events'];

/**
 * Several operators of one world, and what each of them did to something that another one made, or was the first to write to. Who that is
 * is told by their calls alone, so that no tag and no label of theirs is relied on.
 */
export class Operators {
  readonly #world: World;
  readonly lives = new Map<string, Life>();
  readonly trespasses: string[] = [];
  readonly #makers = new Map<string, string>(); // ARN, id or key of an object -> who made it, or wrote to it first

  constructor(world: World) {
    this.#world = world;
  }

  /** Starts one more, or one that was ended before, by its name; it is known by that name and not by its id. */
  async start(name: string, settings: Partial<Settings> = {}): Promise<void> {
    this.#world.between = ({ kube, elb, ec2 }) => ({
      kube: this.#kube(name, kube),
      elb: this.#aws(name, elb),
      ec2: this.#aws(name, ec2),
    });
    this.lives.set(name, await this.#world.start(undefined, settings));
  }

  end(name: string): void {
    this.lives.get(name)?.end();
  }

  #aws<Api extends ElbApi | Ec2Api>(by: string, api: Api): Api {
    return new Proxy(api, {
      get: (target, method) => {
        const call = Reflect.get(target, method) as ((input: unknown) => Promise<unknown>) | undefined;
        if (call === undefined || String(method).startsWith('describe')) return call;
        return async (input: unknown) => {
          for (const id of idsIn(input)) this.#judge(by, id, `${String(method)} ${id}`);
          const answer = await call(input);
          if (String(method).startsWith('create')) for (const id of idsIn(answer)) this.#note(id, by);
          return answer;
        };
      },
    });
  }

  #kube(by: string, api: KubeApi): KubeApi {
    const write = (verb: string, resource: Resource, key: ObjectKey): void => {
      if (SHARED.includes(resource.plural)) return;
      const id = `${resource.plural} ${key.namespace ?? ''}/${key.name}`;
      this.#note(id, by);
      this.#judge(by, id, `${verb} ${id}`);
    };
    return {
      ...api,
      create: (resource, object) => {
        write('create', resource, object.metadata);
        return api.create(resource, object);
      },
      patch: (resource, key, patch) => {
        write('patch', resource, key);
        return api.patch(resource, key, patch);
      },
      delete: (resource, key) => {
        write('delete', resource, key);
        return api.delete(resource, key);
      },
    };
  }

  #note(id: string, by: string): void {
    if (!this.#makers.has(id)) this.#makers.set(id, by);
  }

  #judge(by: string, id: string, did: string): void {
    const maker = this.#makers.get(id) ?? by;
    if (maker !== by) this.trespasses.push(`${by} did ${did}, which is ${maker}'s`);
  }
}

const idsIn = (value: unknown): string[] => [...new Set(JSON.stringify(value ?? {}).match(IDS) ?? [])];
