{{- define "selvedge.name" -}}
{{- default .Chart.Name .Values.nameOverride | trunc 40 | trimSuffix "-" -}}
{{- end -}}

{{- define "selvedge.fullname" -}}
{{- if .Values.fullnameOverride -}}
{{- .Values.fullnameOverride | trunc 40 | trimSuffix "-" -}}
{{- else if contains (include "selvedge.name" .) .Release.Name -}}
{{- .Release.Name | trunc 40 | trimSuffix "-" -}}
{{- else -}}
{{- printf "%s-%s" .Release.Name (include "selvedge.name" .) | trunc 40 | trimSuffix "-" -}}
{{- end -}}
{{- end -}}

{{- define "selvedge.selectorLabels" -}}
app.kubernetes.io/name: {{ include "selvedge.name" . }}
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/component: operator
{{- end -}}

{{- define "selvedge.labels" -}}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" | trunc 63 | trimSuffix "-" }}
{{ include "selvedge.selectorLabels" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
app.kubernetes.io/part-of: selvedge
{{- with .Values.commonLabels }}
{{ toYaml . }}
{{- end }}
{{- end -}}

{{- define "selvedge.serviceAccountName" -}}
{{- if .Values.serviceAccount.create -}}
{{- default (include "selvedge.fullname" .) .Values.serviceAccount.name -}}
{{- else -}}
{{- default "default" .Values.serviceAccount.name -}}
{{- end -}}
{{- end -}}

{{- /* An image reference; arguments: dict "image" … "root" $ */ -}}
{{- define "selvedge.image" -}}
{{- $registry := default .image.registry .root.Values.global.imageRegistry -}}
{{- $name := printf "%s%s" (ternary "" (printf "%s/" $registry) (empty $registry)) .image.repository -}}
{{- if .image.digest -}}
{{- printf "%s@%s" $name .image.digest -}}
{{- else -}}
{{- printf "%s:%s" $name (default .root.Chart.AppVersion .image.tag) -}}
{{- end -}}
{{- end -}}

{{- define "selvedge.pullSecrets" -}}
{{- $names := list -}}
{{- range concat (default (list) .Values.global.imagePullSecrets) .Values.imagePullSecrets -}}
{{- if kindIs "string" . -}}
{{- $names = append $names . -}}
{{- else -}}
{{- $names = append $names .name -}}
{{- end -}}
{{- end -}}
{{- $names | uniq | join "," -}}
{{- end -}}

{{- /* Of the operators of one release one leads; those of another release in the same namespace have their own leader. */ -}}
{{- define "selvedge.lease" -}}
{{- printf "%s-operator" (include "selvedge.fullname" .) -}}
{{- end -}}

{{- define "selvedge.hubRole" -}}
{{- printf "%s-hub" (include "selvedge.fullname" .) -}}
{{- end -}}

{{- /* A duration in seconds: the time that is so long after the beginning of 1970. */ -}}
{{- define "selvedge.seconds" -}}
{{- toDate "2006-01-02Z07:00" "1970-01-01Z" | mustDateModify . | unixEpoch -}}
{{- end -}}

{{- define "selvedge.alerts" -}}
{{- $alerts := .Files.Get "files/monitoring/alerts.yaml" -}}
{{- $eighth := div (include "selvedge.seconds" .Values.certificates.lifetime) 8 -}}
{{- if lt $eighth (mul 14 24 3600) -}}
{{- $alerts = replace "14 * 24 * 3600" (toString $eighth) $alerts -}}
{{- end -}}
{{- $alerts -}}
{{- end -}}

{{- /* What a hub may do in the namespace of its site. */ -}}
{{- define "selvedge.hubRules" -}}
# its configuration, and the desired properties of its modules
- apiGroups: [selvedge.dev]
  resources: [moduletwins]
  verbs: [get, list, watch]
# reported properties and who is connected
- apiGroups: [selvedge.dev]
  resources: [moduletwins/status]
  verbs: [patch]
{{- end -}}

{{- /* What the operator may do where sites are. */ -}}
{{- define "selvedge.siteRules" -}}
# what sites ask for
- apiGroups: [selvedge.dev]
  resources: [edgehubs, edgemodules]
  verbs: [list, watch]
# one twin for each hub and module instance: the operator makes it, sets the defaults of its module, and deletes it with the instance
- apiGroups: [selvedge.dev]
  resources: [moduletwins]
  verbs: [list, watch, create, patch, delete]
# conditions
- apiGroups: [selvedge.dev]
  resources: [edgehubs/status, edgemodules/status, moduletwins/status]
  verbs: [patch]
# every hub and module instance runs in a StatefulSet of one
- apiGroups: [apps]
  resources: [statefulsets]
  verbs: [list, watch, create, patch, delete]
# a node pulls the images of a change in a Job before what runs there is replaced
- apiGroups: [batch]
  resources: [jobs]
  verbs: [list, watch, create, patch, delete]
# what last ran of a module that may be rolled back
- apiGroups: [""]
  resources: [configmaps]
  verbs: [list, watch, create, patch, delete]
# why an instance is not up, and whether its next image is on the node
- apiGroups: [""]
  resources: [pods]
  verbs: [list, watch]
# the address of each hub
- apiGroups: [""]
  resources: [services]
  verbs: [list, watch, create, patch, delete]
# the site's certificate authorities, hubs' certificates and master keys, modules' connection strings; get: a Secret that secretRef names, which is never written
- apiGroups: [""]
  resources: [secrets]
  verbs: [get, list, watch, create, patch, delete]
# asks cert-manager for a site's authority, where an EdgeHub names an issuer; takes it back when none does any more
- apiGroups: [cert-manager.io]
  resources: [certificates]
  verbs: [get, create, patch, delete]
# why that authority is not issued
- apiGroups: [cert-manager.io]
  resources: [certificaterequests]
  verbs: [get]
# hubs' volumes; never deleted by the operator itself
- apiGroups: [""]
  resources: [persistentvolumeclaims]
  verbs: [get, list, watch, create, patch]
# the account that a site's hubs run as
- apiGroups: [""]
  resources: [serviceaccounts]
  verbs: [list, watch, create, patch]
# binds that account to the hubs' role
- apiGroups: [rbac.authorization.k8s.io]
  resources: [rolebindings]
  verbs: [list, watch, create, patch]
# tells of changes, and reads why the API server refused a pod
- apiGroups: [""]
  resources: [events]
  verbs: [list, watch, create]
# only who may bind a role may hand it out; this one and no other
- apiGroups: [rbac.authorization.k8s.io]
  resources: [{{ ternary "roles" "clusterroles" .Values.namespaced }}]
  resourceNames: [{{ include "selvedge.hubRole" . }}]
  verbs: [bind]
{{- end -}}

{{- /* "yes" when an object of Prometheus Operator is to be made; arguments: dict "of" .Values.podMonitor "kind" "PodMonitor" "root" $ */ -}}
{{- define "selvedge.renders" -}}
{{- if .of.enabled -}}
{{- $known := .root.Capabilities.APIVersions.Has (printf "monitoring.coreos.com/v1/%s" .kind) -}}
{{- if or $known (eq .of.renderMode "alwaysRender") -}}
yes
{{- else if eq .of.renderMode "failIfMissing" -}}
{{- fail (printf "this cluster knows no %s: install Prometheus Operator first, or turn it off" .kind) -}}
{{- end -}}
{{- end -}}
{{- end -}}

{{- /* Who may reach a management port: nobody but the node when networkPolicy.metricsFrom is empty. */ -}}
{{- define "selvedge.metricsIngress" -}}
{{- with .root.Values.networkPolicy.metricsFrom -}}
# Prometheus, and people who look at the status page
- ports:
    - {port: {{ $.port }}, protocol: TCP}
  from: {{- toYaml . | nindent 4 }}
{{- end -}}
{{- end -}}
