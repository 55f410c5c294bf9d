# Sourced after cluster.sh: the cluster's parts as processes. A part is started in the cluster's network namespace and
# cgroup, its process id and start time are written down, and only that very process is ever signalled.
PARTS=(etcd apiserver controller-manager scheduler containerd kubelet proxy coredns)

# command_of PART: prints the part's command, one word a line.
command_of() {
  case $1 in
    etcd)  # unsafe-no-fsync: survives kill -9 of etcd, not of the machine; a test cluster needs no more
      printf '%s\n' "$TOOLS/etcd" --data-dir "$STATE/etcd" --unsafe-no-fsync --log-level warn \
        --listen-client-urls http://127.0.0.1:12379 --advertise-client-urls http://127.0.0.1:12379 \
        --listen-peer-urls http://127.0.0.1:12380 --initial-advertise-peer-urls http://127.0.0.1:12380 \
        --initial-cluster default=http://127.0.0.1:12380 ;;
    apiserver)
      printf '%s\n' "$TOOLS/kube-apiserver" --etcd-servers=http://127.0.0.1:12379 --secure-port=16443 \
        --bind-address=0.0.0.0 --advertise-address="$NODE_IP" --service-cluster-ip-range="$SERVICE_CIDR" \
        --tls-cert-file="$PKI/apiserver.crt" --tls-private-key-file="$PKI/apiserver.key" --client-ca-file="$PKI/ca.crt" \
        --authorization-mode=Node,RBAC --allow-privileged=true --enable-admission-plugins=NodeRestriction \
        --service-account-issuer=https://kubernetes.default.svc --api-audiences=https://kubernetes.default.svc \
        --service-account-key-file="$PKI/sa.pub" --service-account-signing-key-file="$PKI/sa.key" \
        --kubelet-client-certificate="$PKI/apiserver-kubelet.crt" --kubelet-client-key="$PKI/apiserver-kubelet.key" \
        --kubelet-certificate-authority="$PKI/ca.crt" --kubelet-preferred-address-types=InternalIP ;;
    controller-manager)
      printf '%s\n' "$TOOLS/kube-controller-manager" --kubeconfig="$STATE/controller-manager.kubeconfig" \
        --service-account-private-key-file="$PKI/sa.key" --root-ca-file="$PKI/ca.crt" --use-service-account-credentials \
        --leader-elect=false --cluster-cidr="$POD_CIDR" --allocate-node-cidrs=true --bind-address=127.0.0.1 \
        --cluster-signing-cert-file="$PKI/ca.crt" --cluster-signing-key-file="$PKI/ca.key" ;;
    scheduler)
      printf '%s\n' "$TOOLS/kube-scheduler" --kubeconfig="$STATE/scheduler.kubeconfig" --leader-elect=false \
        --bind-address=127.0.0.1 ;;
    containerd) printf '%s\n' containerd --config "$STATE/containerd.toml" ;;
    kubelet)
      printf '%s\n' "$TOOLS/kubelet" --config="$STATE/kubelet.yaml" --kubeconfig="$STATE/kubelet.kubeconfig" \
        --hostname-override="$NODE" --node-ip="$NODE_IP" --root-dir="$STATE/kubelet" ;;
    proxy) printf '%s\n' "$TOOLS/kube-proxy" --config "$STATE/proxy.yaml" ;;
    coredns) printf '%s\n' "$TOOLS/coredns" -conf "$STATE/Corefile" ;;
    *) die "no such part: $1 (one of: ${PARTS[*]})" ;;
  esac
}

# part_is_ready PART: true once it does its work, not merely runs.
part_is_ready() {
  case $1 in
    etcd) in_netns curl --silent --fail --max-time 2 http://127.0.0.1:12379/health ;;
    apiserver)
      curl --silent --fail --max-time 2 --cacert "$PKI/ca.crt" --cert "$PKI/admin.crt" --key "$PKI/admin.key" \
        "https://$(cluster_address):16443/readyz" ;;
    controller-manager) in_netns curl --silent --fail --insecure --max-time 2 https://127.0.0.1:10257/healthz ;;
    scheduler) in_netns curl --silent --fail --insecure --max-time 2 https://127.0.0.1:10259/readyz ;;
    containerd) node_ctr plugins list | grep -q 'io.containerd.grpc.v1 *cri .*ok' ;;
    kubelet) in_netns curl --silent --fail --max-time 2 http://127.0.0.1:10248/healthz ;;
    proxy) in_netns curl --silent --fail --max-time 2 http://127.0.0.1:10256/healthz ;;
    coredns) in_netns curl --silent --fail --max-time 2 http://127.0.0.1:8181/ready ;;
  esac
}

# Field 22 of /proc/PID/stat, after the name (which may hold blanks): a process id that was given anew differs in it.
start_time_of() { sed 's/.*) //' "/proc/$1/stat" 2>/dev/null | cut -d ' ' -f 20; }

part_pid() { cut -d ' ' -f 1 "$STATE/pids/$1" 2>/dev/null; }

part_is_running() {
  local pid began state
  [ -s "$STATE/pids/$1" ] || return 1
  read -r pid began <"$STATE/pids/$1" || return 1
  state=$(sed 's/.*) //' "/proc/$pid/stat" 2>/dev/null | cut -d ' ' -f 1)
  [ "$(start_time_of "$pid")" = "$began" ] && [ "$state" != Z ]
}

start_part() {
  local part=$1 command
  ! part_is_running "$part" || return 0
  mapfile -t command < <(command_of "$part")
  mkdir -p "$STATE/pids" "$STATE/logs"
  # The shell writes its own id down and becomes the part; so the id is known before the part does anything.
  (
    cd /
    exec 9>&- </dev/null >>"$STATE/logs/$part.log" 2>&1
    export PATH="$TOOLS:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
    setsid bash -c '
      echo $$ >"$1"
      echo "$$ $(sed "s/.*) //" /proc/$$/stat | cut -d " " -f 20)" >"$2.new" && mv "$2.new" "$2"
      shift 2
      exec "$@"' part "$(process_cgroup)/cgroup.procs" "$STATE/pids/$part" \
      nsenter --net="/run/netns/$NETNS" -- "${command[@]}" &
  )
  wait_until 10 "the process of $part" part_is_running "$part" || { tail -n 5 "$STATE/logs/$part.log" >&2; return 1; }
}

# wait_part PART SECONDS: until it is ready; gives up at once when its process has ended.
wait_part() {
  ready_or_dead() { part_is_ready "$1" || ! part_is_running "$1"; }
  wait_until "$2" "$1 to be ready" ready_or_dead "$1" && part_is_running "$1" && return 0
  say "$1 is not ready; the end of its log:" >&2
  tail -n 20 "$STATE/logs/$1.log" >&2
  return 1
}

# end_part PART SIGNAL: signals it and waits until it is gone; in the end with SIGKILL. The API server would wait a minute
# for its watchers to leave.
end_part() {
  local pid patience=30
  [ "$1" != apiserver ] || patience=2
  part_is_running "$1" || { rm -f "$STATE/pids/$1"; return 0; }
  pid=$(part_pid "$1")
  part_is_gone() { ! part_is_running "$1"; }
  kill -s "$2" "$pid"
  kill -s CONT "$pid" 2>/dev/null || true
  if ! wait_until "$patience" "$1 to end" part_is_gone "$1" 2>/dev/null; then
    kill -s KILL "$pid" 2>/dev/null || true
    wait_until 10 "$1 to be killed" part_is_gone "$1"
  fi
  rm -f "$STATE/pids/$1"
}
