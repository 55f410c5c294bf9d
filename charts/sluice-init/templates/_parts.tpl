{{- /* The values as JSON, whatever was passed: the chart's context, or a dict with `values` and `image`. */ -}}
{{- define "sluice-init.values" -}}
{{- $v := dict -}}
{{- if hasKey . "Values" -}}
{{- $v = index .Values "sluice-init" -}}
{{- else if hasKey . "values" -}}
{{- $v = .values -}}
{{- end -}}
{{- if not (and (kindIs "map" $v) (hasKey $v "wait")) -}}
{{- fail "sluice-init: pass the chart's context, or (dict \"values\" .Values.ALIAS) where the dependency has an alias" -}}
{{- end -}}
{{- $v = deepCopy $v -}}
{{- if and (not (hasKey . "Values")) .image -}}
{{- $_ := set $v.spec "migrations" ($v.spec.migrations | default dict) -}}
{{- $_ := set $v.spec.migrations "image" (merge (dict "reference" .image) ($v.spec.migrations.image | default dict)) -}}
{{- end -}}
{{- toJson $v -}}
{{- end }}

{{- /* On the pod template: which DatabaseMigration its init container serves. */ -}}
{{- define "sluice-init.labels" -}}
{{- $v := include "sluice-init.values" . | fromJson -}}
{{- with $v.migration -}}
sluice.dev/reports: {{ . }}
{{- end -}}
{{- end }}

{{- /* On the pod template: what the code needs, for the operator, which counts old pods by it before it contracts. */ -}}
{{- define "sluice-init.annotations" -}}
{{- include "sluice-init.annotations.lines" . | trim }}
{{- end }}

{{- define "sluice-init.annotations.lines" }}
{{- $v := include "sluice-init.values" . | fromJson -}}
{{- if and $v.migration (or $v.requires.atLeast $v.requires.before) }}
{{- $range := list }}
{{- with $v.requires.atLeast }}{{ $range = append $range (printf ">=%s" .) }}{{ end }}
{{- with $v.requires.before }}{{ $range = append $range (printf "<%s" .) }}{{ end }}
sluice.dev/requires: {{ printf "%s%s" $v.migration (join " " $range) | quote }}
{{- end -}}
{{- end }}

{{- /* In the pod's `volumes`. */ -}}
{{- define "sluice-init.volumes" -}}
{{- include "sluice-init.volumes.lines" . | trim }}
{{- end }}

{{- define "sluice-init.volumes.lines" }}
{{- $v := include "sluice-init.values" . | fromJson -}}
{{- $migrations := $v.spec.migrations | default dict }}
{{- if $migrations.image }}
- {name: sluice-bin, emptyDir: {}}
{{- end }}
{{- with $migrations.configMaps }}
- name: sluice-migrations
  projected:
    sources:
      {{- range . }}
      - configMap: {name: {{ . }}}
      {{- end }}
{{- end }}
{{- with ($v.spec.database | default dict).sslRootCertFrom }}
- name: sluice-tls
  secret:
    secretName: {{ .secretKeyRef.name }}
    items: [{key: {{ .secretKeyRef.key }}, path: ca.crt}]
{{- end }}
{{- if and $v.spec.backup (ne ($v.spec.backup.mode | default "none") "none") }}
- name: sluice-backups
  {{- toYaml $v.spec.backup.volume | nindent 2 }}
{{- end }}
{{- with $v.wait.gate.caFrom.configMapKeyRef }}
- name: sluice-gate
  configMap:
    name: {{ .name }}
    items: [{key: {{ .key }}, path: ca.crt}]
{{- end }}
- {name: sluice-tmp, emptyDir: {}}
{{- end }}

{{- /* The pod's securityContext, of the standard "restricted"; for an application that has none of its own. */ -}}
{{- define "sluice-init.pod-security-context" -}}
runAsNonRoot: true
seccompProfile: {type: RuntimeDefault}
{{- end }}

{{- define "sluice-init.container-security" -}}
runAsNonRoot: true
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities: {drop: [ALL]}
seccompProfile: {type: RuntimeDefault}
{{- end }}

{{- define "sluice-init.mounts" -}}
{{- $migrations := .v.spec.migrations | default dict -}}
volumeMounts:
  - {name: sluice-tmp, mountPath: /tmp}
  {{- if and .files $migrations.image }}
  - {name: sluice-bin, mountPath: /sluice-bin, readOnly: true}
  {{- else if .files }}
  - {name: sluice-migrations, mountPath: /migrations, readOnly: true}
  {{- end }}
  {{- if (.v.spec.database | default dict).sslRootCertFrom }}
  - {name: sluice-tls, mountPath: /sluice-tls, readOnly: true}
  {{- end }}
  {{- if and .backup .v.spec.backup (ne (.v.spec.backup.mode | default "none") "none") }}
  - {name: sluice-backups, mountPath: /backups}
  {{- end }}
{{- end }}
