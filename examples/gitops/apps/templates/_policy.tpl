{{- /* Git is right, and an operation that fails (an uplink that is down) is tried again for as long as it takes. */ -}}
{{- define "policy" -}}
automated:
  prune: true
  selfHeal: true
retry:
  limit: -1
  refresh: true
  backoff: {duration: 10s, factor: 2, maxDuration: 10m}
{{- end -}}

{{- define "annotations" -}}
argocd.argoproj.io/sync-wave: {{ .wave | quote }}
argocd.argoproj.io/compare-options: ServerSideDiff=true
{{- end -}}

{{- /* A chart of this repository, of the revision that the site follows if none is given, with what the site's file says now. As text: of an object the API would drop a null. */ -}}
{{- define "source" -}}
repoURL: {{ .root.Values.fleet.repoURL }}
targetRevision: {{ default .root.Values.fleet.revision .revision }}
path: {{ .chart }}
{{- with .values }}
helm:
  values: |
    {{- toYaml . | nindent 4 }}
{{- end }}
{{- end -}}
