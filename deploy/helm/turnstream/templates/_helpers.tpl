{{/* The services: what each is called, and on which ports it listens. */}}
{{- define "turnstream.services" -}}
gateway: { key: gateway, port: 8000 }
store: { key: store, port: 8001 }
tools: { key: tools }
agent-worker: { key: worker }
{{- end -}}

{{- define "turnstream.labels" -}}
helm.sh/chart: {{ .root.Chart.Name }}-{{ .root.Chart.Version }}
app.kubernetes.io/version: {{ .root.Values.image.tag | default .root.Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .root.Release.Service }}
{{ include "turnstream.selector" . }}
{{- end -}}

{{- define "turnstream.selector" -}}
app.kubernetes.io/name: turnstream
app.kubernetes.io/instance: {{ .root.Release.Name }}
app.kubernetes.io/component: {{ .name }}
{{- end -}}

{{/* As a selector, on one line. */}}
{{- define "turnstream.match" -}}
{{ dict "matchLabels" (include "turnstream.selector" . | fromYaml) | toJson }}
{{- end -}}

{{- define "turnstream.image" -}}
{{ .root.Values.image.registry }}/{{ .image }}:{{ .root.Values.image.tag | default .root.Chart.AppVersion }}
{{- end -}}

{{/* Seconds that a service needs to end; the pod must have more. */}}
{{- define "turnstream.ending" -}}
{{- $own := .own -}}
{{- if eq .name "gateway" -}}{{ add $own.shutdownDelaySeconds $own.shutdownGraceSeconds 5 }}
{{- else if eq .name "store" -}}{{ add $own.shutdownDelaySeconds 10 5 }}
{{- else -}}{{ add $own.drainSeconds 15 }}
{{- end -}}
{{- end -}}

{{- define "turnstream.graceful" -}}
{{- $needed := include "turnstream.ending" . | int -}}
{{- $given := .own.terminationGracePeriodSeconds | int -}}
{{- if lt $given $needed -}}
{{- fail (printf "%s: terminationGracePeriodSeconds is %d, and must be at least %d: Kubernetes would kill it before it has handed over what it runs" .name $given $needed) -}}
{{- end -}}
{{- $given -}}
{{- end -}}

{{- define "turnstream.podSecurity" -}}
runAsNonRoot: true
runAsUser: 10001
runAsGroup: 10001
fsGroup: 10001
seccompProfile: { type: RuntimeDefault }
{{- end -}}

{{- define "turnstream.containerSecurity" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities: { drop: [ALL] }
{{- end -}}

{{/* Settings as environment variables: the chart's own, everybody's, the service's. */}}
{{- define "turnstream.env" -}}
{{- $own := .own -}}
{{- $set := dict "HOST" "0.0.0.0" "HEALTH_PORT" "8080" -}}
{{- $_ := set $set "STORE_URL" (printf "http://%s-store:8001" .root.Release.Name) -}}
{{- if .port }}{{ $_ := set $set "PORT" (toString .port) }}{{ end -}}
{{- with $own.shutdownDelaySeconds }}{{ $_ := set $set "SHUTDOWN_DELAY" (printf "%ds" (int .)) }}{{ end -}}
{{- with $own.shutdownGraceSeconds }}{{ $_ := set $set "SHUTDOWN_GRACE" (printf "%ds" (int .)) }}{{ end -}}
{{- with $own.drainSeconds }}{{ $_ := set $set "DRAIN" (printf "%ds" (int .)) }}{{ end -}}
{{- with $own.slots }}{{ $_ := set $set "SLOTS" (toString .) }}{{ end -}}
{{- range $name, $value := mergeOverwrite $set (deepCopy .root.Values.settings) (deepCopy $own.settings) }}
- name: {{ $name }}
  value: {{ $value | toString | quote }}
{{- end }}
- name: INSTANCE
  valueFrom: { fieldRef: { fieldPath: metadata.name } }
{{- range (include "turnstream.secrets" . | fromYaml).names }}
- name: {{ . }}
  valueFrom: { secretKeyRef: { name: {{ $.root.Values.secretName }}, key: {{ . }} } }
{{- end }}
{{- range (include "turnstream.secrets" . | fromYaml).optional }}
- name: {{ . }}
  valueFrom: { secretKeyRef: { name: {{ $.root.Values.secretName }}, key: {{ . }}, optional: true } }
{{- end }}
{{- end -}}

{{/* Which keys of the Secret each service gets: no more than it needs. */}}
{{- define "turnstream.secrets" -}}
{{- $names := dict
  "gateway" (list "INTERNAL_KEY" "REDIS_URL" "URL_SIGNING_KEY" "CREDENTIAL_KEYS")
  "store" (list "INTERNAL_KEY" "REDIS_URL" "DATABASE_URL")
  "tools" (list "INTERNAL_KEY" "REDIS_URL" "URL_SIGNING_KEY")
  "agent-worker" (list "INTERNAL_KEY" "REDIS_URL" "URL_SIGNING_KEY" "CREDENTIAL_KEYS")
  "migrate" (list "DATABASE_URL") -}}
{{- $optional := dict
  "gateway" (list "METRICS_KEY" "REDIS_PASSWORD" "PROXY_SECRET" "AWS_ACCESS_KEY_ID" "AWS_SECRET_ACCESS_KEY")
  "store" (list "METRICS_KEY" "REDIS_PASSWORD" "WEBHOOK_KEYS" "AWS_ACCESS_KEY_ID" "AWS_SECRET_ACCESS_KEY")
  "tools" (list "METRICS_KEY" "REDIS_PASSWORD" "AWS_ACCESS_KEY_ID" "AWS_SECRET_ACCESS_KEY")
  "agent-worker" (list "METRICS_KEY" "REDIS_PASSWORD" "OPENAI_API_KEY" "AWS_ACCESS_KEY_ID" "AWS_SECRET_ACCESS_KEY")
  "migrate" (list "MIGRATION_DATABASE_URL") -}}
{{- dict "names" (get $names .name) "optional" (get $optional .name) | toYaml -}}
{{- end -}}
