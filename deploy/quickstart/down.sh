# Sourced by deploy/quickstart.sh: removes what it made, wherever that was; what was built stays for the next time.
leave_given_cluster() { # leave_given_cluster KUBECONFIG CONTEXT
    local here=(--kubeconfig "$1" --context "$2") made
    made=$(kubectl "${here[@]}" get namespaces --selector "$ours" -o name) || return 1
    [ "$made" ] || return 0
    helm uninstall sluice --namespace sluice-system --ignore-not-found --kubeconfig "$1" --kube-context "$2" || return 1
    kubectl "${here[@]}" delete namespaces --selector "$ours"
}

if [ -s "$given_clusters" ]; then
    : >"$given_clusters.left"
    while IFS=$'\t' read -r kubeconfig context; do
        if [ ! -e "$kubeconfig" ]; then
            tell "$kubeconfig is gone, so nothing can be removed from its cluster."
        elif leave_given_cluster "$kubeconfig" "$context" >"$logs/down.txt" 2>&1 </dev/null; then
            tell "Cleaned up the cluster of $kubeconfig, context $context. Its CRDs stay, since deleting one deletes every resource of it:" \
                "  kubectl delete crd databasemigrations.sluice.dev databaserollouts.sluice.dev"
        else
            tell "Could not clean up the cluster of $kubeconfig, context $context; the next --down tries again:"
            tail -5 "$logs/down.txt"
            printf '%s\t%s\n' "$kubeconfig" "$context" >>"$given_clusters.left"
        fi
    done < <(sort -u "$given_clusters")
    mv "$given_clusters.left" "$given_clusters"
fi
step "end the cluster of this machine" deploy/cluster/down.sh quickstart
server=${TMPDIR:-/tmp}/sluice-quickstart-$(id -u)
if [ -s "$server/data/postmaster.pid" ]; then
    kill -INT "$(head -1 "$server/data/postmaster.pid")"
fi
rm -rf "${server:?}" "$state/backups"
tell "Removed. Built programs and images stay in ${state%/quickstart}."
