{{- /* Generated from a table: npm run generate. */}}
{{- define "podwire.releaseRules" -}}
# Which load balancers are still managed.
- apiGroups:
    - podwire.dev
  resources:
    - loadbalancers
  verbs:
    - list
# Which TargetGroupBindings are still served.
- apiGroups:
    - podwire.dev
  resources:
    - targetgroups
  verbs:
    - list
# First of all, so that no new pod waits for an operator that goes.
- apiGroups:
    - admissionregistration.k8s.io
  resources:
    - mutatingadmissionpolicybindings
  verbs:
    - delete
  resourceNames:
    - pod-drain.podwire.dev{{ include "podwire.idSuffix" . }}
    - pod-drain-first.podwire.dev{{ include "podwire.idSuffix" . }}
# First of all, so that no new pod waits for an operator that goes.
- apiGroups:
    - admissionregistration.k8s.io
  resources:
    - mutatingadmissionpolicies
  verbs:
    - delete
  resourceNames:
    - pod-drain.podwire.dev{{ include "podwire.idSuffix" . }}
# First of all, so that no new pod waits for an operator that goes.
- apiGroups:
    - admissionregistration.k8s.io
  resources:
    - mutatingwebhookconfigurations
  verbs:
    - delete
  resourceNames:
    - pod-drain.podwire.dev{{ include "podwire.idSuffix" . }}
# First of all, so that no new pod waits for an operator that goes.
- apiGroups:
    - admissionregistration.k8s.io
  resources:
    - validatingadmissionpolicybindings
  verbs:
    - delete
  resourceNames:
    - pod-drain-required.podwire.dev{{ include "podwire.idSuffix" . }}
# First of all, so that no new pod waits for an operator that goes.
- apiGroups:
    - admissionregistration.k8s.io
  resources:
    - validatingadmissionpolicies
  verbs:
    - delete
  resourceNames:
    - pod-drain-required.podwire.dev{{ include "podwire.idSuffix" . }}
# Which pods wait at a closed gate.
- apiGroups:
    - ""
  resources:
    - pods
  verbs:
    - list
# Opens the gates that are closed.
- apiGroups:
    - ""
  resources:
    - pods/status
  verbs:
    - patch
{{- end -}}
