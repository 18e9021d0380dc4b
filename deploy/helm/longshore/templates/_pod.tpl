{{- define "longshore.pod" -}}
metadata:
  labels: {{- include "longshore.labels" . | nindent 4 }}
  annotations:
    checksum/config: {{ include "longshore.config" . | sha256sum }}
spec:
  serviceAccountName: {{ include "longshore.name" . }}
  automountServiceAccountToken: false
  terminationGracePeriodSeconds: 45
  {{- with .Values.imagePullSecrets }}
  imagePullSecrets: {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- with .Values.nodeSelector }}
  nodeSelector: {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- with .Values.affinity }}
  affinity: {{- toYaml . | nindent 4 }}
  {{- end }}
  securityContext:
    runAsNonRoot: true
    runAsUser: 10001
    runAsGroup: 10001
    {{- if eq .Values.kind "deployment" }}
    fsGroup: 10001
    fsGroupChangePolicy: OnRootMismatch
    {{- end }}
    seccompProfile: { type: RuntimeDefault }
  {{- if eq .Values.kind "daemonset" }}
  {{- with .Values.tolerations }}
  tolerations: {{- toYaml . | nindent 4 }}
  {{- end }}
  initContainers:
    # A folder that the kubelet makes is root's, and fsGroup does not reach it.
    - name: own-cache
      image: {{ include "longshore.image" . }}
      imagePullPolicy: {{ .Values.image.pullPolicy }}
      command: [chown, "10001:10001", /var/lib/longshore]
      securityContext:
        runAsNonRoot: false
        runAsUser: 0
        allowPrivilegeEscalation: false
        readOnlyRootFilesystem: true
        capabilities: { drop: [ALL], add: [CHOWN] }
      volumeMounts:
        - { name: cache, mountPath: /var/lib/longshore }
  {{- end }}
  containers:
    - name: longshore
      image: {{ include "longshore.image" . }}
      imagePullPolicy: {{ .Values.image.pullPolicy }}
      args: [serve, --config, /etc/longshore/longshore.yaml]
      ports:
        - name: registry
          containerPort: 5000
          {{- if eq .Values.kind "daemonset" }}
          hostPort: {{ .Values.hostPort }}
          hostIP: {{ .Values.hostIP }}
          {{- end }}
        - name: admin
          containerPort: 5001
      startupProbe:
        httpGet: { path: /readyz, port: admin }
        periodSeconds: 2
        failureThreshold: 150
      readinessProbe:
        httpGet: { path: /readyz, port: admin }
        periodSeconds: 5
      livenessProbe:
        httpGet: { path: /healthz, port: admin }
        periodSeconds: 10
        failureThreshold: 6
      resources: {{- toYaml .Values.resources | nindent 8 }}
      securityContext:
        allowPrivilegeEscalation: false
        readOnlyRootFilesystem: true
        capabilities: { drop: [ALL] }
      volumeMounts:
        - { name: config, mountPath: /etc/longshore, readOnly: true }
        - { name: cache, mountPath: /var/lib/longshore }
        {{- if .Values.secretName }}
        - { name: secrets, mountPath: /etc/longshore-secrets, readOnly: true }
        {{- end }}
  volumes:
    - name: config
      configMap: { name: {{ include "longshore.name" . }} }
    - name: cache
      {{- if eq .Values.kind "daemonset" }}
      hostPath: { path: {{ .Values.hostPath }}, type: DirectoryOrCreate }
      {{- else }}
      persistentVolumeClaim: { claimName: {{ .Values.persistence.existingClaim | default (include "longshore.name" .) }} }
      {{- end }}
    {{- if .Values.secretName }}
    - name: secrets
      secret: { secretName: {{ .Values.secretName }}, defaultMode: 0440 }
    {{- end }}
{{- end }}
