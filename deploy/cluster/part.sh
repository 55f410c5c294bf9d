#!/bin/bash
# One part of a running cluster, for tests of faults.    part.sh NAME VERB [PART]
#   stop PART      SIGTERM and wait until it is gone        kill PART     SIGKILL and wait
#   start PART     start and wait until it is ready         restart PART  stop and start
#   pause PART     SIGSTOP: it holds its connections, and answers nothing      resume PART  SIGCONT
#   pid PART       its process id                           log PART      the name of its log file
#   status         one line per part
# Parts: etcd apiserver controller-manager scheduler containerd kubelet proxy coredns
set -euo pipefail
[ $# -ge 2 ] || { sed -n '2,8s/^# \{0,1\}//p' "$0" >&2; exit 2; }
NAME=$1 verb=$2 part=${3:-}
here=$(cd "$(dirname "$0")" && pwd)
source "$here/cluster.sh"
source "$here/network.sh"
source "$here/cgroups.sh"
source "$here/parts.sh"

[ -e "$STATE/index" ] || die "is not up"
if [ "$verb" != status ]; then command_of "$part" >/dev/null; fi

start() { start_part "$part" && wait_part "$part" 60; }

print_status() {
  for part in "${PARTS[@]}"; do
    if part_is_running "$part"; then echo "$part running $(part_pid "$part")"; else echo "$part stopped"; fi
  done
}

case $verb in
  stop) step "$part stopped" end_part "$part" TERM ;;
  kill) step "$part killed" end_part "$part" KILL ;;
  start) step "$part started" start ;;
  restart)
    step "$part stopped" end_part "$part" TERM
    step "$part started" start ;;
  pause) part_is_running "$part" && kill -s STOP "$(part_pid "$part")" ;;
  resume) part_is_running "$part" && kill -s CONT "$(part_pid "$part")" ;;
  pid) part_is_running "$part" && part_pid "$part" ;;
  log) echo "$STATE/logs/$part.log" ;;
  status) print_status ;;
  *) die "no such verb: $verb" ;;
esac
