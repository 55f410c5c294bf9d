# Sourced after cluster.sh and network.sh: the settings files of the cluster's parts, written anew by each up.sh.

# overlayfs can't lie on overlayfs, which is what a container's own root is.
snapshotter() {
  if [ "$(stat -fc %T "$STATE")" = overlayfs ]; then echo native; else echo overlayfs; fi
}

# restrict_oom_score_adj: where CAP_SYS_RESOURCE is withheld, every sandbox fails without it.
write_containerd_settings() {
  mkdir -p "$STATE/containerd" "$STATE/cni"
  cat >"$STATE/containerd.toml" <<TOML
version = 2
root = "$STATE/containerd/root"
state = "$STATE/containerd/state"
disabled_plugins = ["io.containerd.internal.v1.opt", "io.containerd.snapshotter.v1.aufs", "io.containerd.snapshotter.v1.btrfs", "io.containerd.snapshotter.v1.zfs", "io.containerd.snapshotter.v1.devmapper", "io.containerd.tracing.processor.v1.otlp"]
[grpc]
  address = "$CONTAINERD_SOCKET"
[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = "$PAUSE_IMAGE"
  restrict_oom_score_adj = true
  stream_server_address = "127.0.0.1"
[plugins."io.containerd.grpc.v1.cri".containerd]
  snapshotter = "$(snapshotter)"
[plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
  runtime_type = "io.containerd.runc.v2"
[plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc.options]
  SystemdCgroup = false
  Root = "$STATE/runc"
[plugins."io.containerd.grpc.v1.cri".cni]
  bin_dir = "/usr/lib/cni"
  conf_dir = "$STATE/cni"
TOML
  cat >"$STATE/cni/10-sluice.conflist" <<JSON
{
  "cniVersion": "0.4.0",
  "name": "$NETNS",
  "plugins": [
    {
      "type": "bridge", "bridge": "cni0", "isGateway": true, "hairpinMode": true,
      "ipam": {
        "type": "host-local", "dataDir": "$STATE/cni-addresses",
        "ranges": [[{"subnet": "$NODE_POD_CIDR"}]], "routes": [{"dst": "0.0.0.0/0"}]
      }
    },
    {"type": "portmap", "capabilities": {"portMappings": true}}
  ]
}
JSON
}

write_kubelet_settings() {
  cat >"$STATE/kubelet.yaml" <<YAML
apiVersion: kubelet.config.k8s.io/v1beta1
kind: KubeletConfiguration
address: $NODE_IP
authentication: {anonymous: {enabled: false}, webhook: {enabled: true}, x509: {clientCAFile: $PKI/ca.crt}}
authorization: {mode: Webhook}
tlsCertFile: $PKI/kubelet-serving.crt
tlsPrivateKeyFile: $PKI/kubelet-serving.key
containerRuntimeEndpoint: unix://$CONTAINERD_SOCKET
cgroupDriver: cgroupfs
cgroupRoot: /$CGROUP
failCgroupV1: false
failSwapOn: false
enforceNodeAllocatable: []
oomScoreAdj: 0
evictionHard: {memory.available: 100Mi}
imageGCHighThresholdPercent: 100
podLogsDir: $STATE/pod-logs
volumePluginDir: $STATE/volume-plugins
resolvConf: ""
clusterDNS: [$NODE_IP]
clusterDomain: cluster.local
serializeImagePulls: false
YAML
}

write_proxy_settings() {
  local masquerade_all=true
  ! bridge_traffic_passes_iptables || masquerade_all=false
  cat >"$STATE/proxy.yaml" <<YAML
apiVersion: kubeproxy.config.k8s.io/v1alpha1
kind: KubeProxyConfiguration
bindAddress: 0.0.0.0
clientConnection: {kubeconfig: $STATE/proxy.kubeconfig}
hostnameOverride: $NODE
clusterCIDR: $POD_CIDR
mode: iptables
iptables: {masqueradeAll: $masquerade_all}
oomScoreAdj: 0
conntrack: {maxPerCore: 0}
YAML
}

# Names outside the cluster don't exist here; an answer at once is better than a time-out.
write_coredns_settings() {
  cat >"$STATE/Corefile" <<COREFILE
cluster.local:53 in-addr.arpa:53 {
  bind $NODE_IP
  kubernetes cluster.local in-addr.arpa {
    kubeconfig $STATE/coredns.kubeconfig
    ttl 1
  }
  errors
}
.:53 {
  bind $NODE_IP
  ready 127.0.0.1:8181
  template ANY ANY {
    rcode NXDOMAIN
  }
  errors
}
COREFILE
}

write_settings() {
  write_containerd_settings
  write_kubelet_settings
  write_proxy_settings
  write_coredns_settings
}
