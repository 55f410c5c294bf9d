# Sourced by deploy/quickstart.sh: removes what it made; what was built stays for the next time.
if [ -n "${KUBECONFIG:-}" ]; then
    step "uninstall the operator" helm uninstall sluice --namespace sluice-system --ignore-not-found
    step "delete namespace shop" kubectl delete namespace shop --ignore-not-found
    tell "The CRD stays, since deleting it deletes every DatabaseMigration: kubectl delete crd databasemigrations.sluice.dev"
else
    step "end the cluster" deploy/cluster/down.sh quickstart
fi
server=${TMPDIR:-/tmp}/sluice-quickstart-$(id -u)
if [ -s "$server/data/postmaster.pid" ]; then
    kill -INT "$(head -1 "$server/data/postmaster.pid")"
fi
rm -rf "${server:?}" "$state/backups"
tell "Removed. Built programs and images stay in ${state%/quickstart}."
