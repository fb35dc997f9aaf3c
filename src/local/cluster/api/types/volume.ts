/** What a volume of a Pod is made of; sources that no process kubelet can mount are taken as they are, in the notation of `schema/notation.ts`. Facts: the Kubernetes v1 API reference. */

export const VOLUME_TYPES = `
CSIVolumeSource
  driver: string!, fsType: string, nodePublishSecretRef: LocalObjectReference, readOnly: bool,
  volumeAttributes: {string}
ConfigMapProjection
  items: [KeyToPath], name: string, optional: bool
ConfigMapVolumeSource
  defaultMode: int = 420, items: [KeyToPath], name: string, optional: bool
DownwardAPIProjection
  items: [DownwardAPIVolumeFile]
DownwardAPIVolumeFile
  fieldRef: ObjectFieldSelector, mode: int, path: string!, resourceFieldRef: ResourceFieldSelector
DownwardAPIVolumeSource
  defaultMode: int = 420, items: [DownwardAPIVolumeFile]
EmptyDirVolumeSource
  medium: string, sizeLimit: quantity
EphemeralVolumeSource
  volumeClaimTemplate: PersistentVolumeClaimTemplate
HostPathVolumeSource
  path: string!, type: string = ""
ImageVolumeSource
  pullPolicy: string, reference: string
ImageVolumeStatus
  imageRef: string!
KeyToPath
  key: string!, mode: int, path: string!
NFSVolumeSource
  path: string!, readOnly: bool, server: string!
PersistentVolumeClaimSpec
  accessModes: [string], dataSource: TypedLocalObjectReference, dataSourceRef: TypedObjectReference,
  resources: VolumeResourceRequirements, selector: LabelSelector, storageClassName: string,
  volumeAttributesClassName: string, volumeMode: string, volumeName: string
PersistentVolumeClaimTemplate
  metadata: ObjectMeta, spec: PersistentVolumeClaimSpec!
PersistentVolumeClaimVolumeSource
  claimName: string!, readOnly: bool
ProjectedVolumeSource
  defaultMode: int = 420, sources: [VolumeProjection]
SecretProjection
  items: [KeyToPath], name: string, optional: bool
SecretVolumeSource
  defaultMode: int = 420, items: [KeyToPath], optional: bool, secretName: string
ServiceAccountTokenProjection
  audience: string, expirationSeconds: int64 = 3600, path: string!
TypedLocalObjectReference atomic
  apiGroup: string, kind: string!, name: string!
TypedObjectReference
  apiGroup: string, kind: string!, name: string!, namespace: string
Volume
  awsElasticBlockStore: any, azureDisk: any, azureFile: any, cephfs: any, cinder: any,
  configMap: ConfigMapVolumeSource, csi: CSIVolumeSource, downwardAPI: DownwardAPIVolumeSource,
  emptyDir: EmptyDirVolumeSource, ephemeral: EphemeralVolumeSource, fc: any, flexVolume: any, flocker: any,
  gcePersistentDisk: any, gitRepo: any, glusterfs: any, hostPath: HostPathVolumeSource, image: ImageVolumeSource,
  iscsi: any, name: string!, nfs: NFSVolumeSource, persistentVolumeClaim: PersistentVolumeClaimVolumeSource,
  photonPersistentDisk: any, portworxVolume: any, projected: ProjectedVolumeSource, quobyte: any, rbd: any,
  scaleIO: any, secret: SecretVolumeSource, storageos: any, vsphereVolume: any
VolumeDevice
  devicePath: string!, name: string!
VolumeMount
  mountPath: string!, mountPropagation: string, name: string!, readOnly: bool, recursiveReadOnly: string,
  subPath: string, subPathExpr: string
VolumeMountStatus
  mountPath: string!, name: string!, readOnly: bool, recursiveReadOnly: string, volumeStatus: VolumeStatus
VolumeProjection
  clusterTrustBundle: any, configMap: ConfigMapProjection, downwardAPI: DownwardAPIProjection, podCertificate: any,
  secret: SecretProjection, serviceAccountToken: ServiceAccountTokenProjection
VolumeResourceRequirements
  limits: {quantity}, requests: {quantity}
VolumeStatus
  image: ImageVolumeStatus
`;
