import type { Table } from './annotation.ts';
import { anything } from './reader.ts';

const onBoth = { on: 'Ingress, Service', merge: 'own', type: 'text', read: anything, acted: false } as const;
const onIngress = { ...onBoth, on: 'Ingress', merge: 'exclusive' } as const;

const none = (given: string): boolean => ['', 'none'].includes(given.trim());
const off = (given: string): boolean => given.trim() === 'false';

/** Authentication, web application firewall, Shield. None is acted on yet, so whoever asks for one is refused. */
export const PROTECTION_KEYS = {
  'auth-type': {
    ...onBoth,
    type: 'enum',
    default: 'none',
    protects: 'the backend would be served without authentication',
    harmless: none,
    about: 'Authentication by OIDC or Cognito.',
  },
  'auth-idp-cognito': { ...onBoth, type: 'JSON', about: 'User pool of `auth-type: cognito`.' },
  'auth-idp-oidc': { ...onBoth, type: 'JSON', about: 'Provider of `auth-type: oidc`.' },
  'auth-on-unauthenticated-request': { ...onBoth, type: 'enum', about: 'What a stranger gets.' },
  'auth-scope': { ...onBoth, about: 'Claims to ask the provider for.' },
  'auth-session-cookie': { ...onBoth, about: 'Name of the session cookie.' },
  'auth-session-timeout': { ...onBoth, type: 'number', about: 'Seconds a session lasts.' },
  'jwt-validation': {
    ...onIngress,
    type: 'JSON',
    protects: 'requests without a valid token would reach the backend',
    about: 'Validation of JSON web tokens.',
  },
  'wafv2-acl-arn': {
    ...onIngress,
    protects: 'the web ACL would not filter requests',
    harmless: none,
    about: 'Web ACL of WAFv2 by ARN.',
  },
  'wafv2-acl-name': {
    ...onIngress,
    protects: 'the web ACL would not filter requests',
    harmless: none,
    about: 'Web ACL of WAFv2 by name.',
  },
  'waf-acl-id': {
    ...onIngress,
    protects: 'the web ACL would not filter requests',
    harmless: none,
    about: 'Web ACL of WAF Regional.',
  },
  'web-acl-id': {
    ...onIngress,
    protects: 'the web ACL would not filter requests',
    harmless: none,
    about: 'Older name of `waf-acl-id`.',
  },
  'shield-advanced-protection': {
    ...onIngress,
    type: 'bool',
    protects: 'the load balancer would be without Shield Advanced',
    harmless: off,
    about: 'Protection by Shield Advanced.',
  },
} as const satisfies Table;
