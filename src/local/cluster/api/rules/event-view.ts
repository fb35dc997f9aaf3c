import type { KubeObject } from '../../../../kube/api.ts';
import type { Json } from '../schema/schema.ts';

/** How one stored object looks in another API version. */
export type View = { toStored(object: KubeObject): KubeObject; fromStored(object: KubeObject): KubeObject };

/** Field of events.k8s.io/v1 -> field of core/v1. */
const NAMES: Record<string, string> = {
  regarding: 'involvedObject',
  note: 'message',
  reportingController: 'reportingComponent',
  deprecatedSource: 'source',
  deprecatedFirstTimestamp: 'firstTimestamp',
  deprecatedLastTimestamp: 'lastTimestamp',
  deprecatedCount: 'count',
};
const BACK = Object.fromEntries(Object.entries(NAMES).map(([newer, older]) => [older, newer]));

const rename = (object: KubeObject, names: Record<string, string>, apiVersion: string): KubeObject =>
  ({
    ...Object.fromEntries(Object.entries(object as Json).map(([field, value]) => [names[field] ?? field, value])),
    apiVersion,
  }) as KubeObject;

/** Events are stored as core/v1; events.k8s.io/v1 is a view of the same objects. */
export const EVENT_VIEW: View = {
  toStored: (object) => rename(object, NAMES, 'v1'),
  fromStored: (object) => rename(object, BACK, 'events.k8s.io/v1'),
};

/** A version of a custom resource beside its storage version: conversion strategy None changes the apiVersion only. */
export const versionView = (storedVersion: string, servedVersion: string): View => ({
  toStored: (object) => ({ ...object, apiVersion: storedVersion }),
  fromStored: (object) => ({ ...object, apiVersion: servedVersion }),
});
