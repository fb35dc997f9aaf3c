/** Custom resources and webhooks, in the notation of `schema/notation.ts`. Facts: the Kubernetes v1 API reference. */

export const APIEXTENSIONS_TYPES = `
CustomResourceColumnDefinition
  description: string, format: string, jsonPath: string!, name: string!, priority: int, type: string!
CustomResourceConversion
  strategy: string! in None|Webhook, webhook: WebhookConversion
CustomResourceDefinition
  metadata: ObjectMeta, spec: CustomResourceDefinitionSpec!, status: CustomResourceDefinitionStatus
CustomResourceDefinitionCondition
  lastTransitionTime: time, message: string, observedGeneration: int64, reason: string, status: string!,
  type: string!
CustomResourceDefinitionNames
  categories: [string], kind: string!, listKind: string, plural: string!, shortNames: [string], singular: string
CustomResourceDefinitionSpec
  conversion: CustomResourceConversion = {"strategy":"None"}, group: string!, names: CustomResourceDefinitionNames!,
  preserveUnknownFields: bool, scope: string! in Cluster|Namespaced, versions: [CustomResourceDefinitionVersion]!
CustomResourceDefinitionStatus
  acceptedNames: CustomResourceDefinitionNames, conditions: [CustomResourceDefinitionCondition] by type merge -,
  observedGeneration: int64, storedVersions: [string]
CustomResourceDefinitionVersion
  additionalPrinterColumns: [CustomResourceColumnDefinition], deprecated: bool, deprecationWarning: string,
  name: string!, schema: CustomResourceValidation, selectableFields: [SelectableField], served: bool! = false,
  storage: bool! = false, subresources: CustomResourceSubresources
CustomResourceSubresourceScale
  labelSelectorPath: string, specReplicasPath: string!, statusReplicasPath: string!
CustomResourceSubresources
  scale: CustomResourceSubresourceScale, status: any
CustomResourceValidation
  openAPIV3Schema: JSONSchemaProps
ExternalDocumentation
  description: string, url: string
JSONSchemaProps
  $ref: string, $schema: string, additionalItems: any, additionalProperties: any, allOf: [JSONSchemaProps],
  anyOf: [JSONSchemaProps], default: any, definitions: {JSONSchemaProps}, dependencies: {any}, description: string,
  enum: [any], example: any, exclusiveMaximum: bool, exclusiveMinimum: bool, externalDocs: ExternalDocumentation,
  format: string, id: string, items: any, maxItems: int64, maxLength: int64, maxProperties: int64, maximum: number,
  minItems: int64, minLength: int64, minProperties: int64, minimum: number, multipleOf: number, not: JSONSchemaProps,
  nullable: bool, oneOf: [JSONSchemaProps], pattern: string, patternProperties: {JSONSchemaProps},
  properties: {JSONSchemaProps}, required: [string], title: string, type: string, uniqueItems: bool,
  x-kubernetes-embedded-resource: bool, x-kubernetes-int-or-string: bool, x-kubernetes-list-map-keys: [string],
  x-kubernetes-list-type: string, x-kubernetes-map-type: string, x-kubernetes-preserve-unknown-fields: bool,
  x-kubernetes-validations: [ValidationRule] by rule
SelectableField
  jsonPath: string!
ServiceReference
  name: string!, namespace: string!, path: string, port: int = 443
ValidationRule
  fieldPath: string, message: string, messageExpression: string, optionalOldSelf: bool, reason: string,
  rule: string!
WebhookClientConfig
  caBundle: bytes, service: ServiceReference, url: string
WebhookConversion
  clientConfig: WebhookClientConfig, conversionReviewVersions: [string]!
`;

export const ADMISSION_TYPES = `
MatchCondition
  expression: string!, name: string!
MutatingWebhook
  admissionReviewVersions: [string]!, clientConfig: WebhookClientConfig!,
  failurePolicy: string in Fail|Ignore = "Fail", matchConditions: [MatchCondition] by name,
  matchPolicy: string in Equivalent|Exact = "Equivalent", name: string!, namespaceSelector: LabelSelector = {},
  objectSelector: LabelSelector = {}, reinvocationPolicy: string in IfNeeded|Never = "Never",
  rules: [RuleWithOperations], sideEffects: string! in None|NoneOnDryRun, timeoutSeconds: int 1..30 = 10
MutatingWebhookConfiguration
  metadata: ObjectMeta, webhooks: [MutatingWebhook] by name
RuleWithOperations
  apiGroups: [string], apiVersions: [string], operations: [string], resources: [string], scope: string = "*"
ServiceReference
  name: string!, namespace: string!, path: string, port: int = 443
ValidatingWebhook
  admissionReviewVersions: [string]!, clientConfig: WebhookClientConfig!,
  failurePolicy: string in Fail|Ignore = "Fail", matchConditions: [MatchCondition] by name,
  matchPolicy: string in Equivalent|Exact = "Equivalent", name: string!, namespaceSelector: LabelSelector = {},
  objectSelector: LabelSelector = {}, rules: [RuleWithOperations], sideEffects: string! in None|NoneOnDryRun,
  timeoutSeconds: int 1..30 = 10
ValidatingWebhookConfiguration
  metadata: ObjectMeta, webhooks: [ValidatingWebhook] by name
WebhookClientConfig
  caBundle: bytes, service: ServiceReference, url: string
`;
