import { APPS_TYPES, AUTOSCALING_TYPES } from '../types/apps.ts';
import { CORE_TYPES } from '../types/core.ts';
import { ADMISSION_TYPES, APIEXTENSIONS_TYPES } from '../types/extension.ts';
import { META_TYPES } from '../types/meta.ts';
import { DISCOVERY_TYPES, NETWORKING_TYPES } from '../types/networking.ts';
import { POD_TYPES } from '../types/pod.ts';
import { COORDINATION_TYPES, EVENTS_TYPES, POLICY_TYPES } from '../types/policy.ts';
import { VOLUME_TYPES } from '../types/volume.ts';
import { defineTypes } from './notation.ts';

/** The package of each group's types, as the OpenAPI document names them. */
export const PACKAGES = {
  meta: 'io.k8s.apimachinery.pkg.apis.meta.v1',
  core: 'io.k8s.api.core.v1',
  apps: 'io.k8s.api.apps.v1',
  autoscaling: 'io.k8s.api.autoscaling.v1',
  networking: 'io.k8s.api.networking.v1',
  discovery: 'io.k8s.api.discovery.v1',
  policy: 'io.k8s.api.policy.v1',
  coordination: 'io.k8s.api.coordination.v1',
  events: 'io.k8s.api.events.v1',
  admission: 'io.k8s.api.admissionregistration.v1',
  apiextensions: 'io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1',
} as const;

const shared = [PACKAGES.core, PACKAGES.meta];

// The order matters: a block may name types of its own and of the blocks before it.
defineTypes(PACKAGES.meta, META_TYPES);
defineTypes(PACKAGES.core, CORE_TYPES + POD_TYPES + VOLUME_TYPES, shared);
defineTypes(PACKAGES.apps, APPS_TYPES, shared);
defineTypes(PACKAGES.autoscaling, AUTOSCALING_TYPES, shared);
defineTypes(PACKAGES.networking, NETWORKING_TYPES, shared);
defineTypes(PACKAGES.discovery, DISCOVERY_TYPES, shared);
defineTypes(PACKAGES.policy, POLICY_TYPES, shared);
defineTypes(PACKAGES.coordination, COORDINATION_TYPES, shared);
defineTypes(PACKAGES.events, EVENTS_TYPES, shared);
defineTypes(PACKAGES.apiextensions, APIEXTENSIONS_TYPES, shared);
defineTypes(PACKAGES.admission, ADMISSION_TYPES, shared);
