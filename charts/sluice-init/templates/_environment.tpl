{{- /* The entries in the argument, and that no variable of the image counts beside them. */ -}}
{{- define "sluice-init.env.sealed" -}}
{{- $names := list -}}
{{- range fromYamlArray . }}{{ $names = append $names .name }}{{ end -}}
{{- . | trim }}
- {name: SLUICE_ONLY, value: {{ $names | uniq | join "," | quote }}}
{{- end }}

{{- define "sluice-init.env.migrate" -}}
{{- include "sluice-init.env.database" . | trim }}
{{ include "sluice-init.env.spec" . | trim }}
- {name: SLUICE_INIT_CONTAINER, value: "1"}
{{- include "sluice-init.env.user" . }}
{{- end }}

{{- define "sluice-init.env.wait" -}}
{{- include "sluice-init.env.database" .v | trim }}
{{ include (ternary "sluice-init.env.spec" "sluice-init.env.range" .files) .v | trim }}
{{ include "sluice-init.env.patience" .v | trim }}
{{- include "sluice-init.env.user" .v }}
{{- end }}

{{- define "sluice-init.env.guard" -}}
{{- include "sluice-init.env.database" . | trim }}
- {name: SLUICE_BEFORE, value: {{ .requires.before | quote }}}
{{- with .spec.ledger }}
- {name: SLUICE_LEDGER, value: {{ printf "%s.%s" (.schema | default "public") (.table | default "alembic_version") | quote }}}
{{- end }}
{{ include "sluice-init.env.patience" . | trim }}
{{- include "sluice-init.env.user" . }}
{{- end }}

{{- define "sluice-init.env.gate" -}}
- {name: SLUICE_GATE, value: {{ .wait.gate.url | quote }}}
{{- with .requires.atLeast }}
- {name: SLUICE_AT_LEAST, value: {{ . | quote }}}
{{- end }}
{{- with .wait.gate.tokenFrom.secretKeyRef }}
- name: SLUICE_GATE_TOKEN
  valueFrom: {secretKeyRef: {name: {{ .name }}, key: {{ .key }}}}
{{- end }}
{{- if .wait.gate.caFrom.configMapKeyRef }}
- {name: SLUICE_GATE_CA_FILE, value: /sluice-gate/ca.crt}
{{- end }}
- {name: SLUICE_IF_UNREACHABLE, value: {{ .wait.gate.ifUnreachable }}}
- {name: SLUICE_OPEN_AFTER, value: {{ .wait.gate.openAfter }}}
{{ include "sluice-init.env.patience" . | trim }}
{{- include "sluice-init.env.user" . }}
{{- end }}

{{- define "sluice-init.env.user" -}}
{{- with .env }}
{{ toYaml . }}
{{- end }}
{{- end }}

{{- /* Secrets are references: the kubelet alone resolves them. */ -}}
{{- define "sluice-init.env.database" -}}
{{- $database := .spec.database -}}
{{- with $database.urlFrom }}
- name: SLUICE_DATABASE_URL
  valueFrom: {secretKeyRef: {name: {{ .secretKeyRef.name }}, key: {{ .secretKeyRef.key }}}}
{{- end }}
{{- with $database.host }}
- {name: PGHOST, value: {{ . | quote }}}
- {name: PGPORT, value: {{ $database.port | default 5432 | int | quote }}}
{{- end }}
{{- with $database.name }}
- {name: PGDATABASE, value: {{ . | quote }}}
{{- end }}
{{- with $database.userFrom }}
- name: PGUSER
  valueFrom: {secretKeyRef: {name: {{ .secretKeyRef.name }}, key: {{ .secretKeyRef.key }}}}
{{- end }}
{{- with $database.passwordFrom }}
- name: PGPASSWORD
  valueFrom: {secretKeyRef: {name: {{ .secretKeyRef.name }}, key: {{ .secretKeyRef.key }}}}
{{- end }}
{{- with $database.sslMode }}
- {name: PGSSLMODE, value: {{ . }}}
{{- end }}
{{- if $database.sslRootCertFrom }}
- {name: PGSSLROOTCERT, value: /sluice-tls/ca.crt}
{{- end }}
{{- end }}

{{- /* Which of a tool's steps contract, only the tool knows. */ -}}
{{- define "sluice-init.phase" -}}
{{- ternary "All" .spec.phase (not (empty .spec.migrations.command)) -}}
{{- end }}

{{- /* Without what only the operator reads, and without values that were set to null. */ -}}
{{- define "sluice-init.spec" -}}
{{- $spec := omit .spec "podTemplate" "consumers" "dependsOn" "suspend" "resync" "retry" "runBy" -}}
{{- $_ := set $spec "phase" (include "sluice-init.phase" .) -}}
{{- $migrations := dict -}}
{{- range $name, $value := $spec.migrations }}
{{- if $value }}{{ $_ := set $migrations $name $value }}{{ end -}}
{{- end -}}
{{- merge (dict "migrations" $migrations) (omit $spec "migrations") | toJson -}}
{{- end }}

{{- /* What the operator tells a migrator, too: the whole spec, and where the files are. */ -}}
{{- define "sluice-init.env.spec" -}}
{{- $migrations := .spec.migrations -}}
- name: SLUICE_SPEC
  value: {{ include "sluice-init.spec" . | replace "$" "$$" | quote }}
- {name: SLUICE_MIGRATIONS, value: {{ ternary ($migrations.image | default dict).path "/migrations" (not (empty $migrations.image)) | quote }}}
- {name: SLUICE_PHASE, value: {{ include "sluice-init.phase" . | lower }}}
{{- if and .spec.backup (ne (.spec.backup.mode | default "none") "none") }}
- {name: SLUICE_BACKUP_DIR, value: /backups}
{{- end }}
- {name: HOME, value: /tmp}
{{- end }}

{{- define "sluice-init.env.range" -}}
{{- with .requires.atLeast }}
- {name: SLUICE_AT_LEAST, value: {{ . | quote }}}
{{- end }}
{{- with .requires.before }}
- {name: SLUICE_BEFORE, value: {{ . | quote }}}
{{- end }}
{{- with .spec.ledger }}
- {name: SLUICE_LEDGER, value: {{ printf "%s.%s" (.schema | default "public") (.table | default "alembic_version") | quote }}}
{{- end }}
{{- end }}

{{- define "sluice-init.env.patience" -}}
- {name: SLUICE_TIMEOUT, value: {{ .wait.timeout }}}
- {name: SLUICE_INTERVAL, value: {{ .wait.interval }}}
{{- end }}
