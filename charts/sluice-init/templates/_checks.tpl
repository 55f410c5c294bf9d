{{- /* What values.schema.json can't say: which values a template needs. */ -}}
{{- define "sluice-init.check-database" -}}
{{- $database := .spec.database | default dict -}}
{{- if and (not $database.urlFrom) (not $database.host) -}}
{{- fail "sluice-init: spec.database: say urlFrom.secretKeyRef (name, key), or host, name, userFrom and passwordFrom" -}}
{{- end -}}
{{- if and $database.urlFrom (not ($database.urlFrom.secretKeyRef | default dict).key) -}}
{{- fail "sluice-init: spec.database.urlFrom: secretKeyRef with name and key; a URL doesn't stand in values" -}}
{{- end -}}
{{- end }}

{{- define "sluice-init.check-files" -}}
{{- $migrations := .spec.migrations | default dict -}}
{{- if and $migrations.configMaps $migrations.image -}}
{{- fail "sluice-init: spec.migrations: configMaps or image, not both" -}}
{{- end -}}
{{- if or $migrations.volume $migrations.inline -}}
{{- fail "sluice-init: spec.migrations: an init container reads configMaps or an image, not a volume or inline files" -}}
{{- end -}}
{{- if and (not $migrations.configMaps) (not $migrations.image) -}}
{{- fail "sluice-init: spec.migrations: name configMaps, or image.reference and image.path" -}}
{{- end -}}
{{- with $migrations.image -}}
{{- if not (and .reference .path) -}}
{{- fail "sluice-init: spec.migrations.image: needs reference (or pass `image` to the template) and path" -}}
{{- end -}}
{{- end -}}
{{- end }}

{{- define "sluice-init.check-migrate" -}}
{{- include "sluice-init.check-database" . -}}
{{- include "sluice-init.check-files" . -}}
{{- if eq (.spec.onFailure | default "stop") "restore" -}}
{{- fail "sluice-init: spec.onFailure: restore is refused in an init container, for other replicas are at work: stop or downgrade" -}}
{{- end -}}
{{- if and .spec.backup (ne (.spec.backup.mode | default "none") "none") (not .spec.backup.volume) -}}
{{- fail "sluice-init: spec.backup.volume: where backups go; with several replicas a ReadWriteMany claim" -}}
{{- end -}}
{{- end }}

{{- define "sluice-init.check-wait" -}}
{{- if eq .wait.by "gate" -}}
{{- if not .wait.gate.url -}}
{{- fail "sluice-init: wait.gate.url: http(s)://HOST/gate/v1/NAMESPACE/NAME, for wait.by: gate" -}}
{{- end -}}
{{- if .requires.before -}}
{{- fail "sluice-init: requires.before: the gate doesn't answer it: wait.by: database" -}}
{{- end -}}
{{- else -}}
{{- include "sluice-init.check-database" . -}}
{{- if and (not .requires.atLeast) (not .requires.before) -}}
{{- include "sluice-init.check-files" . -}}
{{- end -}}
{{- end -}}
{{- end }}
