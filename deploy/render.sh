#!/bin/bash
# Renders what is installed without helm from the chart, and the chart's copies of the CRDs from crds/.
#   deploy/render.sh          writes charts/sluice/files/*, deploy/install.yaml and deploy/crds.yaml
#   deploy/render.sh --check  writes nothing; says what isn't current and ends 1
# Uses the helm that deploy/cluster/build-tools.sh built, or $HELM.
set -euo pipefail
root=$(cd "$(dirname "$0")/.." && pwd)
case ${1:-} in
    '') target=$root ;;
    --check) target=$(mktemp -d); trap 'rm -rf "$target"' EXIT ;;
    *) sed -n '2,5s/^# \{0,1\}//p' "$0" >&2; exit 2 ;;
esac
source "$root/deploy/cluster/versions.sh"
helm=${HELM:-$TOOLS/helm}

mkdir -p "$target/charts" "$target/deploy"
[ "$target" = "$root" ] || cp -R "$root/charts/sluice" "$target/charts/"
cp "$root"/crds/*.yaml "$target/charts/sluice/files/"

render() { "$helm" template sluice "$target/charts/sluice" --namespace sluice-system "$@"; }
head_line='# Rendered from charts/sluice by deploy/render.sh: do not edit.'
{
    echo "$head_line"
    cat <<'NAMESPACE'
---
apiVersion: v1
kind: Namespace
metadata:
  name: sluice-system
  labels:
    pod-security.kubernetes.io/enforce: restricted
NAMESPACE
    render
} >"$target/deploy/install.yaml"
{
    echo "$head_line"
    render --show-only templates/crds.yaml
} >"$target/deploy/crds.yaml"

[ "$target" != "$root" ] || exit 0
failed=''
for file in charts/sluice/files/database{migration,rollout}.yaml deploy/install.yaml deploy/crds.yaml; do
    diff -u "$root/$file" "$target/$file" || { echo "not current: $file (run deploy/render.sh)" >&2; failed=1; }
done
exit "${failed:-0}"
