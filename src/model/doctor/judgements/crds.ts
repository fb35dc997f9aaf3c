import { lackedFields } from '../crd-fields.ts';
import type { CrdFact, DoctorFacts, Release, WantedCrd } from '../facts.ts';
import { type Finding, found, isSkipped, isWell } from '../finding.ts';
import { wordsOf } from './words.ts';

/** So many things are named that a version lacks. */
const NAMED = 5;

export function judgeCrds(facts: DoctorFacts): Finding[] {
  const { crds } = facts;
  if ('unknown' in crds) return [isSkipped('crds', 'CustomResourceDefinitions', crds.unknown)];
  return crds.value.flatMap((one) => judgeCrd(facts, one));
}

type Crd = { wanted: WantedCrd; found: CrdFact | 'absent' };

function judgeCrd(facts: DoctorFacts, { wanted, found: fact }: Crd): Finding[] {
  const object = `CustomResourceDefinition ${wanted.name}`;
  const words = { ...wordsOf(facts), name: wanted.name };
  if (fact === 'absent')
    return [found(wanted.ours ? 'CrdMissing' : 'PeerCrdMissing', { object, message: 'it is not there', words })];
  const whose = ownerOf(fact, facts.release);
  const weight = wanted.ours ? {} : ({ level: 'warning' } as const);
  if (!fact.served.includes(wanted.version)) {
    const message = `serves ${fact.served.join(', ') || 'no version'}, wanted ${wanted.version}${whose}`;
    return [found('CrdVersionNotServed', { object, message, words, ...weight })];
  }
  const lacks = lackOf(wanted, fact);
  const verdict =
    lacks.length > 0
      ? found('CrdLacks', { object, message: `${wanted.version} lacks ${listOf(lacks)}${whose}`, words, ...weight })
      : isWell('crds', object, `serves ${wanted.version} and lacks nothing${whose}`);
  return [verdict, ...judgeStored(fact, { object, words })];
}

function lackOf({ fields, version }: WantedCrd, fact: CrdFact): string[] {
  const status = fact.hasStatus ? [] : [`the subresource status of ${version}`];
  // A schema that is not published takes every field.
  return [...status, ...(fact.fields === undefined ? [] : lackedFields(fields, fact.fields))];
}

function listOf(lacks: string[]): string {
  const rest = lacks.length - NAMED;
  return `${lacks.slice(0, NAMED).join(', ')}${rest > 0 ? ` and ${rest} more` : ''}`;
}

/** The chart leaves alone what is not its own, so that its upgrade changes nothing there. */
function ownerOf({ object }: CrdFact, release: Release): string {
  if (object === undefined) return '';
  const { release: owner } = object;
  if (owner === undefined) return '; it has no label of a Helm release, so the chart leaves it alone';
  if (owner.name === release.name && owner.namespace === release.namespace) return '';
  return `; it belongs to the release ${owner.namespace}/${owner.name}, so the chart leaves it alone`;
}

function judgeStored({ object, served }: CrdFact, named: { object: string; words: Record<string, string> }): Finding[] {
  const gone = (object?.stored ?? []).filter((version) => !served.includes(version));
  if (gone.length === 0) return [];
  return [
    found('CrdStoredVersion', { ...named, message: `has stored objects of ${gone.join(', ')}, which is not served` }),
  ];
}
