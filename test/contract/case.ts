import type { Kubectl } from '../kubectl.ts';
import type { Http } from './http.ts';

/** What a case gets: one server, and a namespace of its own there. */
export type Surroundings = { http: Http; kubectl: Kubectl | undefined; namespace: string; forget: Forget };

/** Makes the server forget what went before: who watches from an old version has to begin again. */
type Forget = () => Promise<void>;

/** One promise of the Kubernetes API: what is done, and what every server answers. Observations are plain JSON. */
export type Case = {
  name: string;
  observe: (at: Surroundings) => Promise<unknown>;
  expected: unknown;
  /** Needs kubectl. */
  kubectl?: true;
};
