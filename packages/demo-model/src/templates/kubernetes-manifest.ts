/** What deploys the API: a Deployment that the "restricted" pod security standard admits, and a Service before it. */

export const kubernetesManifest = `apiVersion: apps/v1
kind: Deployment
metadata:
  name: users-api
  labels:
    app.kubernetes.io/name: users-api
    app.kubernetes.io/component: api
    app.kubernetes.io/managed-by: drover
spec:
  replicas: 2
  selector:
    matchLabels:
      app.kubernetes.io/name: users-api
  template:
    metadata:
      labels:
        app.kubernetes.io/name: users-api
        app.kubernetes.io/component: api
    spec:
      automountServiceAccountToken: false
      securityContext:
        runAsNonRoot: true
        runAsUser: 1000
        runAsGroup: 1000
        seccompProfile:
          type: RuntimeDefault
      containers:
        - name: api
          image: users-api:0.1.0
          ports:
            - name: http
              containerPort: 3000
          env:
            - name: PORT
              value: "3000"
          readinessProbe:
            httpGet:
              path: /healthz
              port: http
            periodSeconds: 5
          livenessProbe:
            httpGet:
              path: /healthz
              port: http
            initialDelaySeconds: 5
            periodSeconds: 10
          resources:
            requests:
              cpu: 50m
              memory: 64Mi
            limits:
              cpu: 500m
              memory: 256Mi
          securityContext:
            allowPrivilegeEscalation: false
            readOnlyRootFilesystem: true
            capabilities:
              drop:
                - ALL
---
apiVersion: v1
kind: Service
metadata:
  name: users-api
  labels:
    app.kubernetes.io/name: users-api
    app.kubernetes.io/component: api
    app.kubernetes.io/managed-by: drover
spec:
  selector:
    app.kubernetes.io/name: users-api
  ports:
    - name: http
      port: 80
      targetPort: http
`;
