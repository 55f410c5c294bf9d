{{- /*
Init containers. Each takes the chart's context (the values under `sluice-init`), or a dict: `values` (where the dependency
has an alias) and `image` (the application's own, for spec.migrations.image.reference).

sluice-init.migrate  migrates; the pods that come meanwhile wait for the one that does, by name.
*/ -}}
{{- define "sluice-init.migrate" -}}
{{- include "sluice-init.migrate.lines" . | trim }}
{{- end }}

{{- define "sluice-init.migrate.lines" }}
{{- $v := include "sluice-init.values" . | fromJson -}}
{{- include "sluice-init.check-migrate" $v -}}
{{- include "sluice-init.install" $v }}
{{- if $v.requires.before }}
{{- include "sluice-init.guard" $v }}
{{- end }}
- name: sluice-migrate
  {{- include "sluice-init.program" (dict "v" $v "verb" "run" "files" true) | nindent 2 }}
  env:
    {{- include "sluice-init.env.sealed" (include "sluice-init.env.migrate" $v) | nindent 4 }}
  {{- include "sluice-init.mounts" (dict "v" $v "files" true "backup" true) | nindent 2 }}
{{- end }}

{{- /* sluice-init.wait  waits for what `requires` says, or without it for all that the migrations hold. */ -}}
{{- define "sluice-init.wait" -}}
{{- include "sluice-init.wait.lines" . | trim }}
{{- end }}

{{- define "sluice-init.wait.lines" }}
{{- $v := include "sluice-init.values" . | fromJson -}}
{{- include "sluice-init.check-wait" $v -}}
{{- if eq $v.wait.by "gate" }}
{{- include "sluice-init.wait-gate" $v }}
{{- else }}
{{- include "sluice-init.wait-database" $v }}
{{- end }}
{{- end }}

{{- /* sluice-init.migrate-and-wait  both: for a database of its own, and behind the operator's gate. */ -}}
{{- define "sluice-init.migrate-and-wait" -}}
{{- $v := include "sluice-init.values" . | fromJson -}}
{{- if ne $v.wait.by "gate" }}{{ fail "sluice-init: wait.by: gate, for sluice-init.migrate-and-wait: who has migrated the database need not wait for it" }}{{ end }}
{{- include "sluice-init.migrate" . }}
{{ include "sluice-init.wait" . }}
{{- end }}

{{- define "sluice-init.wait-gate" }}
- name: sluice-wait
  {{- include "sluice-init.program" (dict "v" . "verb" "wait") | nindent 2 }}
  env:
    {{- include "sluice-init.env.sealed" (include "sluice-init.env.gate" .) | nindent 4 }}
  {{- if .wait.gate.caFrom.configMapKeyRef }}
  volumeMounts:
    - {name: sluice-gate, mountPath: /sluice-gate, readOnly: true}
  {{- end }}
{{- end }}

{{- define "sluice-init.wait-database" }}
{{- $by_files := and (not .requires.atLeast) (not .requires.before) }}
{{- if $by_files }}
{{- include "sluice-init.install" . }}
{{- end }}
- name: sluice-wait
  {{- include "sluice-init.program" (dict "v" . "verb" "wait" "files" $by_files) | nindent 2 }}
  env:
    {{- include "sluice-init.env.sealed" (include "sluice-init.env.wait" (dict "v" . "files" $by_files)) | nindent 4 }}
  {{- include "sluice-init.mounts" (dict "v" . "files" $by_files) | nindent 2 }}
{{- end }}

{{- /* Refuses to go on behind requires.before: before an old release looks at a schema that it can't work with. */ -}}
{{- define "sluice-init.guard" }}
- name: sluice-guard
  {{- include "sluice-init.program" (dict "v" . "verb" "wait") | nindent 2 }}
  env:
    {{- include "sluice-init.env.sealed" (include "sluice-init.env.guard" .) | nindent 4 }}
  {{- include "sluice-init.mounts" (dict "v" .) | nindent 2 }}
{{- end }}

{{- /* Puts sluice beside the migrations where these are in another image. */ -}}
{{- define "sluice-init.install" }}
{{- if (.spec.migrations | default dict).image }}
- name: sluice-install
  image: {{ .image | quote }}
  {{- with .imagePullPolicy }}
  imagePullPolicy: {{ . }}
  {{- end }}
  args: [install, /sluice-bin]
  resources: {{ toJson .resources }}
  securityContext: {{- include "sluice-init.container-security" . | nindent 4 }}
  volumeMounts:
    - {name: sluice-bin, mountPath: /sluice-bin}
{{- end }}
{{- end }}

{{- /* Image, command and security of a container; with `files` it is the image that holds them. */ -}}
{{- define "sluice-init.program" -}}
{{- $image := and .files (.v.spec.migrations | default dict).image -}}
image: {{ if $image }}{{ $image.reference | quote }}{{ else }}{{ .v.image | quote }}{{ end }}
{{- with (ternary (($image | default dict).pullPolicy) .v.imagePullPolicy (not (empty $image))) }}
imagePullPolicy: {{ . }}
{{- end }}
{{- if $image }}
command: [/sluice-bin/sluice]
{{- end }}
{{- if and $image (eq .verb "run") .v.spec.migrations.command }}
args: {{ concat (list "run" "--") .v.spec.migrations.command | toJson }}
{{- else }}
args: [{{ .verb }}]
{{- end }}
resources: {{ toJson .v.resources }}
securityContext:
  {{- include "sluice-init.container-security" .v | nindent 2 }}
  {{- if and $image .v.runAsUser }}
  runAsUser: {{ .v.runAsUser | int64 }}
  {{- end }}
{{- end }}
