#!/bin/bash
# Two releases: what is in one release is applied all at once, so pods beside the migration would not wait for it.
# Helm 4 is needed: Helm 3's --wait takes a custom resource for ready at once.
set -euo pipefail
cd "$(dirname "$0")"
helm upgrade --install shop-database database --namespace shop --wait --timeout 30m
helm upgrade --install shop app --namespace shop --wait --timeout 10m
