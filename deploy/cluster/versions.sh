# Sourced: what the test cluster is made of, and where the built programs lie.
KUBERNETES_VERSION=v1.34.2
HELM_VERSION=v4.3.1
COREDNS_VERSION=v1.12.4
ETCD_VERSION=v3.6.5
PROGRAMS=(etcd kube-apiserver kube-controller-manager kube-scheduler kubelet kube-proxy kubectl coredns helm)
SLUICE_CACHE=${XDG_CACHE_HOME:-$HOME/.cache}/sluice
TOOLS=$SLUICE_CACHE/tools-$KUBERNETES_VERSION-helm-$HELM_VERSION-coredns-$COREDNS_VERSION-etcd-$ETCD_VERSION
