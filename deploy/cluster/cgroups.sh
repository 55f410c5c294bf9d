# Sourced after cluster.sh: the cgroup sluice-NAME. Pods lie in sluice-NAME/kubepods, the node's own processes (and so the
# containers' shims) in sluice-NAME/node: whatever is in there belongs to this cluster, and nothing else does.

cgroup_is_v2() { [ "$(stat -fc %T /sys/fs/cgroup)" = cgroup2fs ]; }

# The folders in which cgroups are made: one per controller for v1, one for v2.
cgroup_roots() {
  if cgroup_is_v2; then echo /sys/fs/cgroup; else awk '$3 == "cgroup" { print $2 }' /proc/mounts; fi
}

# Where the node's own processes are put: with v1 one controller is enough to find them again.
process_cgroup() {
  if cgroup_is_v2; then echo "/sys/fs/cgroup/$CGROUP/node"; else echo "/sys/fs/cgroup/pids/$CGROUP/node"; fi
}

# A v2 cgroup that holds processes can't hand controllers down; inside a container the root does. They move to a leaf.
hand_down_controllers() {
  local folder=$1 controller process
  for controller in cpu cpuset memory pids io hugetlb; do
    grep -qw "$controller" "$folder/cgroup.controllers" || continue
    echo "+$controller" >"$folder/cgroup.subtree_control" 2>/dev/null && continue
    [ "$folder" = /sys/fs/cgroup ] || continue
    mkdir -p "$folder/before-sluice"
    for process in $(cat "$folder/cgroup.procs"); do
      echo "$process" >"$folder/before-sluice/cgroup.procs" 2>/dev/null || true
    done
    echo "+$controller" >"$folder/cgroup.subtree_control" 2>/dev/null || true
  done
}

make_cgroups() {
  local root file
  if cgroup_is_v2; then
    hand_down_controllers /sys/fs/cgroup
    mkdir -p "/sys/fs/cgroup/$CGROUP"
    hand_down_controllers "/sys/fs/cgroup/$CGROUP"
  else
    for root in $(cgroup_roots); do
      mkdir -p "$root/$CGROUP"
      for file in cpuset.cpus cpuset.mems; do  # a new v1 cpuset is empty and takes no process
        [ ! -e "$root/$CGROUP/$file" ] || cat "$root/$file" >"$root/$CGROUP/$file"
      done
    done
  fi
  mkdir -p "$(process_cgroup)"
}

# Every process of the cluster: those of the node and those of the pods.
cluster_processes() {
  local root
  for root in $(cgroup_roots); do
    [ ! -d "$root/$CGROUP" ] || find "$root/$CGROUP" -name cgroup.procs -exec cat {} + 2>/dev/null
  done | sort -un
}

no_cluster_processes() { [ -z "$(cluster_processes)" ]; }

kill_cluster_processes() {
  local process
  for process in $(cluster_processes); do
    kill -s KILL "$process" 2>/dev/null || true
  done
  no_cluster_processes
}

# runc also makes the cgroup in the v2 tree that stands beside the v1 ones.
remove_cgroups() {
  local root
  for root in $(awk '$3 == "cgroup" || $3 == "cgroup2" { print $2 }' /proc/mounts); do
    [ ! -d "$root/$CGROUP" ] || find "$root/$CGROUP" -depth -type d -exec rmdir {} + 2>/dev/null || true
  done
}
