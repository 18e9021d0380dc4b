{{- define "longshore.labels" -}}
app.kubernetes.io/name: longshore
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{- define "longshore.name" -}}
{{ .Release.Name | trunc 53 | trimSuffix "-" }}-longshore
{{- end }}

{{- define "longshore.image" -}}
{{ .Values.image.repository }}:{{ .Values.image.tag | default .Chart.AppVersion }}
{{- end }}

{{- define "longshore.config" -}}
{{- $own := dict "region" .Values.region "listen" (list "0.0.0.0:5000") "admin_listen" "0.0.0.0:5001" -}}
{{- $cache := dict "cache" (dict "path" "/var/lib/longshore/cache") -}}
{{- mergeOverwrite (deepCopy .Values.config) $own $cache | toYaml -}}
{{- end }}
