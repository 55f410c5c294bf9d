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

{{- /* Without what only the operator reads, and without values that were set to null. */ -}}
{{- define "sluice-init.spec" -}}
{{- $spec := omit .spec "podTemplate" "consumers" "dependsOn" "suspend" "resync" "retry" "runBy" -}}
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
- {name: SLUICE_PHASE, value: {{ .spec.phase | lower }}}
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
