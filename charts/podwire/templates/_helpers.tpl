{{- define "podwire.fullname" -}}
{{- $name := default .Chart.Name .Values.fullnameOverride -}}
{{- if or .Values.fullnameOverride (contains $name .Release.Name) -}}
{{- default .Release.Name .Values.fullnameOverride | trunc 52 | trimSuffix "-" -}}
{{- else -}}
{{- printf "%s-%s" .Release.Name $name | trunc 52 | trimSuffix "-" -}}
{{- end -}}
{{- end -}}

{{/* Names of what is cluster-wide: another release of that name may stand in another namespace. */}}
{{- define "podwire.clusterName" -}}
{{- printf "%s-%s" .Release.Namespace (include "podwire.fullname" .) -}}
{{- end -}}

{{- define "podwire.selectorLabels" -}}
app.kubernetes.io/name: podwire
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end -}}

{{/* Behind the names of what is cluster-wide and of what operators of one cluster must not share. */}}
{{- define "podwire.idSuffix" -}}
{{- with .Values.controllerId }}-{{ . }}{{ end -}}
{{- end -}}

{{- define "podwire.ingressClass" -}}
{{- default (printf "podwire%s" (include "podwire.idSuffix" .)) .Values.ingressClass.name -}}
{{- end -}}

{{- define "podwire.metaLabels" -}}
{{- with .Values.controllerId -}}
podwire.dev/controller: {{ . | quote }}
{{ end -}}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
app.kubernetes.io/part-of: podwire
helm.sh/chart: {{ printf "%s-%s" .Chart.Name (.Chart.Version | replace "+" "_") }}
{{- with .Values.commonLabels }}
{{ toYaml . }}
{{- end }}
{{- end -}}

{{- define "podwire.labels" -}}
{{ include "podwire.selectorLabels" . }}
{{ include "podwire.metaLabels" . }}
{{- end -}}

{{/* Labels of the pods of hooks: the Services in front of the operator must not select them. */}}
{{- define "podwire.hookLabels" -}}
app.kubernetes.io/name: podwire-hook
app.kubernetes.io/instance: {{ .Release.Name }}
{{ include "podwire.metaLabels" . }}
{{- end -}}

{{- define "podwire.serviceAccountName" -}}
{{- if .Values.serviceAccount.create -}}
{{- default (include "podwire.fullname" .) .Values.serviceAccount.name -}}
{{- else -}}
{{- required "serviceAccount.name is required where serviceAccount.create is false: the name of the ServiceAccount that is there" .Values.serviceAccount.name -}}
{{- end -}}
{{- end -}}

{{- define "podwire.image" -}}
{{- with .Values.image -}}
{{- if .digest -}}
{{- printf "%s@%s" .repository .digest -}}
{{- else -}}
{{- printf "%s:%s" .repository (default $.Chart.AppVersion .tag) -}}
{{- end -}}
{{- end -}}
{{- end -}}

{{/* Who writes into pods: policy from Kubernetes 1.36, webhook before, or what is asked for. */}}
{{- define "podwire.injection" -}}
{{- $hasPolicy := semverCompare ">=1.36.0-0" .Capabilities.KubeVersion.Version -}}
{{- if eq .Values.injection "auto" -}}
{{- ternary "policy" "webhook" $hasPolicy -}}
{{- else if and (eq .Values.injection "policy") (not $hasPolicy) -}}
{{- fail (printf "injection: policy wants Kubernetes 1.36 or later, and this is %s; webhook does the same" .Capabilities.KubeVersion.Version) -}}
{{- else -}}
{{- .Values.injection -}}
{{- end -}}
{{- end -}}

{{/* "true" where the object belongs to this release, or to none. Arguments: root, object. */}}
{{- define "podwire.isOurs" -}}
{{- $annotations := default dict .object.metadata.annotations -}}
{{- $labels := default dict .object.metadata.labels -}}
{{- if and (eq (default "" (index $labels "app.kubernetes.io/managed-by")) "Helm") (eq (default "" (index $annotations "meta.helm.sh/release-name")) .root.Release.Name) (eq (default "" (index $annotations "meta.helm.sh/release-namespace")) .root.Release.Namespace) -}}
true
{{- end -}}
{{- end -}}

{{/* "true" where the CRD is to be installed or upgraded. Arguments: root, name. Without a cluster nothing is found, and all are. */}}
{{- define "podwire.installsCrd" -}}
{{- $how := toString .root.Values.crds.install -}}
{{- if eq $how "true" -}}
true
{{- else if eq $how "auto" -}}
{{- $found := lookup "apiextensions.k8s.io/v1" "CustomResourceDefinition" "" .name -}}
{{- if not $found -}}
true
{{- else -}}
{{- include "podwire.isOurs" (dict "root" .root "object" $found) -}}
{{- end -}}
{{- end -}}
{{- end -}}

{{/* One operator of an id serves a cluster: two would write over each other. */}}
{{- define "podwire.refuseSecondRelease" -}}
{{- $guard := printf "pod-status-guard.podwire.dev%s" (include "podwire.idSuffix" .) -}}
{{- $found := lookup "admissionregistration.k8s.io/v1" "ValidatingAdmissionPolicy" "" $guard -}}
{{- if and $found (not (include "podwire.isOurs" (dict "root" . "object" $found))) -}}
{{- $annotations := default dict $found.metadata.annotations -}}
{{- $release := printf "%s/%s" (default "?" (index $annotations "meta.helm.sh/release-namespace")) (default "?" (index $annotations "meta.helm.sh/release-name")) -}}
{{- $as := ternary (printf " with controllerId %s" .Values.controllerId) " without a controllerId" (ne .Values.controllerId "") -}}
{{- fail (printf "Podwire serves this cluster%s already, in the release %s (ValidatingAdmissionPolicy %s is its own), and %s/%s would be a second one: wanted one release of an id in a cluster; upgrade that one, uninstall it first, or give this one a controllerId that no other has" $as $release $guard .Release.Namespace .Release.Name) -}}
{{- end -}}
{{- end -}}

{{/* What every container of ours may do: nothing but run. */}}
{{- define "podwire.containerSecurity" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
runAsNonRoot: true
capabilities:
  drop: [ALL]
{{- end -}}

{{- define "podwire.podSecurity" -}}
runAsNonRoot: true
runAsUser: 65532
runAsGroup: 65532
fsGroup: 65532
seccompProfile:
  type: RuntimeDefault
{{- end -}}

{{/* The token by which a pod of ours is known, in the container that needs it and in no other. */}}
{{- define "podwire.tokenVolume" -}}
- name: token
  projected:
    defaultMode: 0440
    sources:
      - serviceAccountToken:
          path: token
          expirationSeconds: 3607
      - configMap:
          name: kube-root-ca.crt
          items:
            - key: ca.crt
              path: ca.crt
      - downwardAPI:
          items:
            - path: namespace
              fieldRef:
                apiVersion: v1
                fieldPath: metadata.namespace
{{- end -}}

{{- define "podwire.tokenMount" -}}
- name: token
  mountPath: /var/run/secrets/kubernetes.io/serviceaccount
  readOnly: true
{{- end -}}

{{/* Environment of a container; a variable of extraEnv takes the place of ours, and none stands there twice. */}}
{{- define "podwire.env" -}}
{{- $given := dict -}}
{{- range .Values.extraEnv -}}
{{- if hasKey $given .name -}}{{- fail (printf "extraEnv: %s stands there twice" .name) -}}{{- end -}}
{{- $_ := set $given .name true -}}
{{- end -}}
{{- if not (hasKey $given "POD_NAMESPACE") }}
- name: POD_NAMESPACE
  valueFrom:
    fieldRef:
      fieldPath: metadata.namespace
{{- end }}
{{- if not (hasKey $given "AWS_REGION") }}
- name: AWS_REGION
  value: {{ .Values.region | quote }}
{{- end }}
{{- if not (hasKey $given "AWS_EC2_METADATA_DISABLED") }}
- name: AWS_EC2_METADATA_DISABLED
  value: "true"
{{- end }}
{{- range .Values.extraEnv }}
- {{ toYaml . | nindent 2 | trim }}
{{- end }}
{{- end -}}

{{- define "podwire.envFrom" -}}
{{- if eq .Values.identity.type "environment" }}
{{- with .Values.identity.secretName }}
envFrom:
  - secretRef:
      name: {{ . }}
{{- end }}
{{- end }}
{{- end -}}

{{- define "podwire.monitoringSelector" -}}
matchLabels:
  {{- include "podwire.selectorLabels" . | nindent 2 }}
{{- end -}}

{{/* The operator's config file: what other values say, and all of config. */}}
{{- define "podwire.config" -}}
apiVersion: podwire.dev/v1alpha1
kind: ControllerConfiguration
clusterName: {{ required "clusterName is required: --set clusterName=NAME, the name of the EKS cluster" .Values.clusterName | quote }}
region: {{ required "region is required: --set region=REGION, the AWS region of the cluster" .Values.region | quote }}
{{- with .Values.controllerId }}
controllerId: {{ . | quote }}
{{- end }}
vpcId: {{ required "vpcId is required: --set vpcId=vpc-…, as in aws eks describe-cluster --query cluster.resourcesVpcConfig.vpcId" .Values.vpcId | quote }}
inject: {{ include "podwire.injection" . | quote }}
ownNamespace: {{ .Release.Namespace | quote }}
leaseNamespace: {{ .Release.Namespace | quote }}
metricsAddress: {{ printf "%s:%d" .Values.bindAddress (int .Values.ports.metrics) | quote }}
webhookAddress: {{ printf "%s:%d" .Values.bindAddress (int .Values.ports.webhook) | quote }}
{{- with .Values.config }}
{{ toYaml . }}
{{- end }}
{{- end -}}
