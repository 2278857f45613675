{{- /* Names and labels that several objects share. */ -}}

{{- define "headgate.name" -}}
{{- if contains .Chart.Name .Release.Name -}}
{{- .Release.Name | trunc 52 | trimSuffix "-" -}}
{{- else -}}
{{- printf "%s-%s" .Release.Name .Chart.Name | trunc 52 | trimSuffix "-" -}}
{{- end -}}
{{- end -}}

{{- /* Objects of the cluster carry the namespace, so that two installations do not collide. */ -}}
{{- define "headgate.clusterName" -}}
{{- $name := include "headgate.name" . -}}
{{- if eq $name .Release.Namespace -}}
{{- $name -}}
{{- else -}}
{{- printf "%s-%s" .Release.Namespace $name -}}
{{- end -}}
{{- end -}}

{{- define "headgate.selector" -}}
app.kubernetes.io/name: {{ .Chart.Name }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end -}}

{{- define "headgate.labels" -}}
{{ include "headgate.selector" . }}
app.kubernetes.io/component: ingress-controller
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" }}
{{- end -}}

{{- define "headgate.image" -}}
{{- $digest := empty .Values.image.digest | ternary "" (printf "@%s" .Values.image.digest) -}}
{{- printf "%s:%s%s" .Values.image.repository (.Values.image.tag | default .Chart.AppVersion) $digest -}}
{{- end -}}

{{- define "headgate.subjects" -}}
- kind: ServiceAccount
  name: {{ include "headgate.name" . }}
  namespace: {{ .Release.Namespace | quote }}
{{- end -}}
