#!/bin/sh
# Prints deploy/prometheus/alerts.yml as a PrometheusRule: deploy/k8s/prometheus-rule.sh | kubectl apply -f -
set -eu
cat <<'HEAD'
apiVersion: monitoring.coreos.com/v1
kind: PrometheusRule
metadata:
  name: vibecoder
  namespace: vibecoder
  labels:
    app.kubernetes.io/part-of: vibecoder
spec:
HEAD
sed -n '/^groups:/,$s/^/  /p' "$(dirname "$0")/../prometheus/alerts.yml"
