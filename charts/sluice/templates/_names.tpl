{{- define "sluice.operator" -}}
{{ printf "%s-operator" .Release.Name | trunc 63 | trimSuffix "-" }}
{{- end }}

{{- define "sluice.serviceAccount" -}}
{{ .Values.serviceAccount.name | default (include "sluice.operator" .) }}
{{- end }}

{{- define "sluice.selector" -}}
app.kubernetes.io/name: sluice-operator
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{- define "sluice.labels" -}}
{{ include "sluice.selector" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/part-of: sluice
app.kubernetes.io/managed-by: {{ .Release.Service }}
{{- end }}

{{- /* What the operator may do where it serves DatabaseMigrations. Never Secrets: the kubelet alone hands them to pods. */ -}}
{{- define "sluice.rules" -}}
- apiGroups: [sluice.dev]
  resources: [databasemigrations]
  verbs: [get, list, watch]
- apiGroups: [sluice.dev]
  resources: [databasemigrations/status]
  verbs: [patch]
- apiGroups: [sluice.dev] # owner references that block deletion ask for it
  resources: [databasemigrations/finalizers]
  verbs: [update]
- apiGroups: [sluice.dev] # one holds its migration back, whoever moves it
  resources: [databaserollouts]
  verbs: [get, list, watch]
{{- if .Values.rollouts.enabled }}
{{ include "sluice.rolloutRules" . }}
{{- end }}
- apiGroups: [batch]
  resources: [jobs]
  verbs: [get, list, watch, create, delete]
- apiGroups: [""]
  resources: [pods]
  verbs: [list, watch]
- apiGroups: [apps] # contract waits for pod templates that could still make old pods
  resources: [replicasets, statefulsets, daemonsets]
  verbs: [list]
- apiGroups: [batch]
  resources: [cronjobs]
  verbs: [list]
- apiGroups: [argoproj.io]
  resources: [rollouts]
  verbs: [list]
- apiGroups: [""] # migrations are read from ConfigMaps; inline ones become one
  resources: [configmaps]
  verbs: [get, list, watch, create]
- apiGroups: [events.k8s.io]
  resources: [events]
  verbs: [create]
{{- if .Values.operator.progressFromLogs }}
- apiGroups: [""]
  resources: [pods/log]
  verbs: [get]
{{- end }}
{{- end }}

{{- /* What a DatabaseRollout needs besides: the only rights to change anything of an application. */ -}}
{{- define "sluice.rolloutRules" -}}
- apiGroups: [sluice.dev]
  resources: [databaserollouts/status]
  verbs: [patch]
- apiGroups: [sluice.dev]
  resources: [databaserollouts/finalizers]
  verbs: [update]
- apiGroups: [apps]
  resources: [deployments]
  verbs: [get, list, watch]
- apiGroups: [apps] # the colours' replicas, and nothing else of them
  resources: [deployments/scale]
  verbs: [patch]
- apiGroups: [""] # the selector of the Service that a DatabaseRollout names
  resources: [services]
  verbs: [get, list, watch, patch]
- apiGroups: [discovery.k8s.io]
  resources: [endpointslices]
  verbs: [list]
- apiGroups: [autoscaling] # replicas that an autoscaler lowered are no contest
  resources: [horizontalpodautoscalers]
  verbs: [list]
{{- end }}
