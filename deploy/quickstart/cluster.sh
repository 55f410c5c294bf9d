# Sourced by deploy/quickstart.sh: the story on Kubernetes.
env_folder=$root/deploy/cluster
own_cluster=''
[ -n "${KUBECONFIG:-}" ] || own_cluster=1
migrator_image=${SLUICE_MIGRATOR_IMAGE:-localhost/sluice:quickstart}
operator_image=${SLUICE_OPERATOR_IMAGE:-localhost/sluice-operator:quickstart}
postgres_image=${SLUICE_POSTGRES_IMAGE:-localhost/sluice-postgres:17}

if [ "$own_cluster" ]; then
    kubectl() { "$env_folder/exec.sh" quickstart kubectl "$@"; }
    helm() { "$env_folder/exec.sh" quickstart helm "$@"; }
fi
in_shop() { kubectl --namespace shop "$@"; }

# A given cluster is somebody's: nothing there that the quickstart didn't make may be changed, or removed later.
may_be_used() {
    local program image
    for program in kubectl helm; do
        command -v "$program" || { echo "$program is missing in PATH"; return 1; }
    done
    for image in SLUICE_MIGRATOR_IMAGE SLUICE_OPERATOR_IMAGE SLUICE_POSTGRES_IMAGE; do
        [ -n "${!image:-}" ] || {
            echo "$image is not set, and this cluster can't pull what is built here. Build the images:"
            echo "  deploy/build-images.sh --tag TAG; deploy/images/build-postgres.sh"
            echo "push them to where the cluster pulls from (buildah push IMAGE docker://REGISTRY/NAME:TAG), and name them in"
            echo "SLUICE_MIGRATOR_IMAGE, SLUICE_OPERATOR_IMAGE and SLUICE_POSTGRES_IMAGE. For a cluster of its own: unset KUBECONFIG."
            return 1
        }
    done
    kubectl version || return 1
    if kubectl get namespace shop --ignore-not-found -o name | grep -q .; then
        if [ -n "$(kubectl get namespaces --selector "$ours" --field-selector metadata.name=shop -o name)" ]; then return; fi
        echo "namespace shop is there already, and not of the quickstart's making: delete it, or give another cluster"
        return 1
    fi
    if helm status sluice --namespace sluice-system >/dev/null 2>&1; then
        echo "Helm release sluice is installed in sluice-system already, and the quickstart would replace its operator"
        return 1
    fi
}

bring_up_cluster() {
    chapter "1. A Kubernetes cluster"
    if [ -z "$own_cluster" ]; then
        tell "Using the cluster of KUBECONFIG=$KUBECONFIG."
        step "look whether it may be used" may_be_used
        printf '%s\t%s\n' "$(realpath "$KUBECONFIG")" "$(kubectl config current-context)" >>"$given_clusters"
        return
    fi
    [ "$(id -u)" = 0 ] || { tell "A cluster on this machine needs root: run with sudo, or set KUBECONFIG, or use --local."; exit 1; }
    tell "Real parts, built from source and kept for the next time; the first time this takes tens of minutes."
    step "install Debian packages" deploy/install-build-deps.sh --test
    step "install what the cluster needs" deploy/install-cluster-deps.sh
    step "build Kubernetes, etcd, CoreDNS, helm" "$env_folder/build-tools.sh"
    step "build the images of sluice and sluice-operator" deploy/build-images.sh --tag quickstart
    step "build the image of PostgreSQL" deploy/images/build-postgres.sh
    step "bring up the cluster" "$env_folder/up.sh" quickstart
    step "load the images into its node" deploy/images/load-into-node.sh --cluster quickstart \
        "$postgres_image" "$migrator_image" "$operator_image"
}

make_database() {
    local password
    password=$(openssl rand -hex 16)
    kubectl apply -f - <<<"{apiVersion: v1, kind: Namespace, metadata: {name: shop, labels: {${ours/=/: \"}\"}}}"
    if ! in_shop get secret shop-db; then
        in_shop create -f - <<SECRET
{apiVersion: v1, kind: Secret, metadata: {name: shop-db},
 stringData: {password: $password, url: "postgresql://postgres:$password@shop-db.shop.svc:5432/shop"}}
SECRET
    fi
    sed "s|localhost/sluice-postgres:17|$postgres_image|" "$story/database.yaml" | in_shop apply -f -
    if [ "$own_cluster" ]; then
        install -d -m 777 "$state/backups"
        sed "s|BACKUP_FOLDER|$state/backups|" "$story/backups.yaml" | kubectl apply -f -
    else
        kubectl apply -f - <"$story/backups-default-class.yaml"
    fi
    in_shop rollout status statefulset/shop-db --timeout=180s
}

install_operator() {
    helm upgrade --install sluice "$root/charts/sluice" --namespace sluice-system --create-namespace \
        --set "operator.image=$operator_image" --set "migrator.image=$migrator_image"
    kubectl --namespace sluice-system rollout status deployment/sluice-operator --timeout=180s
}

# release FOLDER: what a deployment tool does: the files of one release become the ConfigMap.
release() {
    local files=() folder
    for folder in 1-first "$@"; do files+=(--from-file="$story/migrations/$folder"); done
    in_shop create configmap shop-migrations "${files[@]}" --dry-run=client -o yaml | in_shop apply --server-side -f -
}

# Waits until the condition Ready has the reason, for this very content.
ready_is() {
    local until=$((SECONDS + 180))
    until [ "$(in_shop get dbm shop -o 'jsonpath={.status.conditions[?(@.type=="Ready")].reason} {.status.heads}')" = "$1" ]; do
        if [ "$SECONDS" -ge "$until" ]; then
            in_shop describe dbm shop
            return 1
        fi
        in_shop wait dbm/shop --for="jsonpath={.status.conditions[?(@.type==\"Ready\")].reason}=${1%% *}" --timeout=2s || true
    done
}

psql() { in_shop exec shop-db-0 -- psql -U postgres "$@"; }

bring_up_cluster

chapter "2. A database, and the operator"
tell "The password is made up now and lies in Secret shop/shop-db. The operator has no right to read Secrets:" \
    "only the kubelet hands it to the migrator's pod."
step "start PostgreSQL 17 in namespace shop" make_database
step "install the operator by helm" install_operator

chapter "3. The first release"
tell "Three migrations as a ConfigMap, and one resource that says where they go, what to back up and what must be true after."
show cat deploy/quickstart/migration.yaml
release >/dev/null
in_shop apply --server-side -f - <"$story/migration.yaml" >/dev/null
step "wait for Ready" ready_is 'UpToDate ["003"]'
show kubectl --namespace shop get dbm shop -o wide
psql shop -c "insert into customers (name, email) values ('Ada Lovelace', 'ada@example.com'), ('Grace Hopper', 'grace@example.com')" >/dev/null
tell "" "The application now has two customers:"
show psql shop -c "select id, name, email from customers"

chapter "4. A bad release"
tell "Revision 004 drops a column that it should have copied first. Sluice backs the database up, applies it, asks the check," \
    "sees that names are gone, and (onFailure: restore, acceptLostWrites: true) brings the backup back."
release 2-bad >/dev/null
step "wait for RolledBack" ready_is 'RolledBack ["003"]'
show kubectl --namespace shop get dbm shop -o wide
show kubectl --namespace shop describe dbm shop
tell "" "The customers are all there, and the schema is that of revision 003:"
show psql shop -c "select id, name, email from customers"

chapter "5. The fixed release"
release 3-fixed >/dev/null
step "wait for Ready" ready_is 'UpToDate ["004"]'
show kubectl --namespace shop get dbm shop -o wide
show psql shop -c "select id, first_name, last_name from customers"

chapter "Done"
tell "Look around:  $([ -z "$own_cluster" ] || echo "export KUBECONFIG=$("$env_folder/kubeconfig.sh" quickstart); ")kubectl -n shop get dbm,jobs,events" \
    "Clean up:     deploy/quickstart.sh --down"
