# Sourced: what the test cluster is made of, and where the built programs lie.
KUBERNETES_VERSION=v1.34.2
HELM_VERSION=v4.3.1
COREDNS_VERSION=v1.12.4
ETCD_VERSION=v3.6.5
ARGO_ROLLOUTS_VERSION=v1.8.3
PROGRAMS=(etcd kube-apiserver kube-controller-manager kube-scheduler kubelet kube-proxy kubectl coredns helm)
SLUICE_CACHE=${XDG_CACHE_HOME:-$HOME/.cache}/sluice
TOOLS=$SLUICE_CACHE/tools-$KUBERNETES_VERSION-helm-$HELM_VERSION-coredns-$COREDNS_VERSION-etcd-$ETCD_VERSION
# Apart from the others: it is no part of the cluster, and its folder also holds its CRDs.
ARGO_ROLLOUTS=$SLUICE_CACHE/argo-rollouts-$ARGO_ROLLOUTS_VERSION
