# Sourced after cluster.sh: the cluster's network namespace. Nothing in it has a way out of the machine: its default route
# ends in a bridge without ports, and the veth leads to the machine only.

machine_address() { echo "10.222.$(cat "$STATE/index").1"; }
cluster_address() { echo "10.222.$(cat "$STATE/index").2"; }

# An index that no other cluster has recorded and no interface uses; kept in $STATE/index.
choose_index() {
  local index taken
  [ ! -s "$STATE/index" ] || return 0
  exec 8>"$SLUICE_CACHE/.index.lock"
  flock 8
  taken=" $(cat "$SLUICE_CACHE"/cluster-*/index 2>/dev/null | tr '\n' ' ' || true)"
  taken+=" $(ip -4 -o address | awk '{ split($4, part, "."); if (part[1] == 10 && part[2] == 222) printf "%s ", part[3] }') "
  for index in $(seq 1 250); do
    [[ $taken == *" $index "* ]] || { echo "$index" >"$STATE/index"; break; }
  done
  exec 8>&-
  [ -s "$STATE/index" ] || die "no free 10.222.N.0/30 network is left"
}

raise_network() {
  local index veth
  choose_index
  index=$(cat "$STATE/index")
  veth=sluice$index
  if [ -e "/run/netns/$NETNS" ]; then
    in_netns ip link show node0 >/dev/null 2>&1 && return 0
    ip netns delete "$NETNS"  # half made, by an up.sh that was stopped
  fi
  modprobe -a br_netfilter nf_conntrack veth bridge overlay >/dev/null 2>&1 || true  # built in, or absent
  ip netns add "$NETNS"
  in_netns ip link set lo up
  ip link add "$veth" type veth peer name host0 netns "$NETNS"
  ip address add "$(machine_address)/30" dev "$veth"
  ip link set "$veth" up
  in_netns ip address add "$(cluster_address)/30" dev host0
  in_netns ip link set host0 up
  in_netns sysctl -qw net.ipv4.ip_forward=1
  in_netns sysctl -qw net.bridge.bridge-nf-call-iptables=1 2>/dev/null || true
  in_netns ip link add node0 type bridge  # some kernels have no dummy links
  in_netns ip address add "$NODE_IP/24" dev node0
  in_netns ip link set node0 up
  in_netns ip route add default dev node0
}

# Without it, answers between pods of one bridge miss the service's address translation.
bridge_traffic_passes_iptables() {
  [ "$(in_netns cat /proc/sys/net/bridge/bridge-nf-call-iptables 2>/dev/null)" = 1 ]
}

# forget_pod_network SANDBOX: deletes the network namespace of a pod that ended with the cluster, and the CNI plugins' records.
forget_pod_network() {
  local record namespace
  for record in /var/lib/cni/results/*-"$1"-*; do
    [ -e "$record" ] || continue
    for namespace in $(grep -oE 'netns/cni-[0-9a-f-]+' "$record" | sort -u); do
      ip netns delete "${namespace#netns/}" 2>/dev/null || true
    done
    rm -f "$record"
  done
}

remove_network() { [ ! -e "/run/netns/$NETNS" ] || ip netns delete "$NETNS"; }
