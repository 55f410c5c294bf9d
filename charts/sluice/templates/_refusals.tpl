{{- /* Values that are right each, and not together. */ -}}
{{- define "sluice.refusals" -}}
{{- if and .Values.metrics.serviceMonitor (not .Values.metrics.service) }}
{{- fail "metrics.serviceMonitor needs metrics.service: it finds the port by that Service" }}
{{- end }}
{{- if and .Values.gate.enabled (eq (int .Values.gate.port) (int .Values.metrics.port)) }}
{{- fail (printf "gate.port and metrics.port are both %d: the operator listens on two ports" (int .Values.gate.port)) }}
{{- end }}
{{- if and .Values.operator.progressFromLogs (not .Values.operator.namespaces) (not .Values.operator.logsOfAllNamespaces) }}
{{- fail "operator.progressFromLogs without operator.namespaces lets the operator read the log of every pod in the cluster: name the namespaces, or set operator.logsOfAllNamespaces=true as well" }}
{{- end }}
{{- end }}
