# Names, addresses and ports of the cluster in one place, and the few verbs every part uses. Sourced by cluster/cluster.
# shellcheck shell=bash disable=SC2034

KUBE_VERSION=$(awk '$1 == "k8s.io/kubernetes" {print $2; exit}' "$HERE/kube/go.mod")
LOCAL_PATH_VERSION=$(awk '/github.com\/rancher\/local-path-provisioner v/ {for (i = 1; i <= NF; i++) if ($i ~ /^v[0-9]/) {print $i; exit}}' "$HERE/local-path/go.mod")
KUBE_ROUTER_VERSION=$(awk '/github.com\/cloudnativelabs\/kube-router\/v2 v/ {for (i = 1; i <= NF; i++) if ($i ~ /^v[0-9]/) {print $i; exit}}' "$HERE/kube-router/go.mod")
ARGOCD_VERSION=$(awk '/github.com\/argoproj\/argo-cd\/v3 v/ {for (i = 1; i <= NF; i++) if ($i ~ /^v[0-9]/) {print $i; exit}}' "$HERE/argocd/go.mod")

say() { echo "cluster: $*" >&2; }
die() {
  say "$*"
  exit 1
}

# Several clusters stand side by side when each has its number: it is in the names and ports that a machine has once, and in its state folder.
NUMBER=${SELVEDGE_CLUSTER_NUMBER:-1}
case $NUMBER in
  1) PREFIX= ;;
  [2-9]) PREFIX=c$NUMBER- ;;
  *) die "SELVEDGE_CLUSTER_NUMBER must be 1 to 9, not \"$NUMBER\"" ;;
esac

CACHE=${SELVEDGE_CACHE:-$HOME/.cache/selvedge}
STATE=${SELVEDGE_STATE:-/var/lib/${PREFIX}selvedge-cluster}
KUBE_BIN=$CACHE/kube-$KUBE_VERSION
LOCAL_PATH_BIN=$CACHE/local-path-$LOCAL_PATH_VERSION
KUBE_ROUTER_BIN=$CACHE/kube-router-$KUBE_ROUTER_VERSION
ARGOCD_BIN=$CACHE/argocd-$ARGOCD_VERSION

OWNER=/run/${PREFIX}selvedge-cluster.state # the state folder of the cluster that has the machine's namespaces and cgroups; gone after a reboot, as they are
MADE=/run/selvedge-cluster.made # the machine's folders that a cluster made, for all of them
MARK=.selvedge-cluster            # in a state folder: we made it and may remove it

NODES=(edge-1 edge-2)
LINK_RANGE=10.77.0.0/24 # the bridge that joins control plane, nodes, broker and registry
CP_ADDRESS=10.77.0.1
NODE_ADDRESS_PREFIX=10.77.0.1 # edge-1 is …11, edge-2 is …12
CP=${PREFIX}cp
CLOUD=${PREFIX}cloud
BROKER_ADDRESS=10.77.0.50
POD_RANGE=10.42.0.0/16
SERVICE_RANGE=10.43.0.0/20 # each hub of a fleet is a Service
SERVICE_API_ADDRESS=10.43.0.1
SERVICE_DNS_ADDRESS=10.43.0.10
API_PORT=$((16442 + NUMBER))
BROKER_PORT=8883
BROKER_DOOR_PORT=$((18882 + NUMBER))
REGISTRY_ADDRESS=10.77.0.60
REGISTRY_PORT=5000
REGISTRY_DOOR_PORT=$((14999 + NUMBER))

PAUSE_IMAGE=selvedge.dev/pause:1
BUSYBOX_IMAGE=selvedge.dev/busybox:1

# refuse_others: ends with a message when the machine runs a cluster of another state folder.
refuse_others() {
  local other
  case $STATE in /*) ;; *) die "SELVEDGE_STATE must be an absolute path, not \"$STATE\"" ;; esac
  other=$(cat "$OWNER" 2>/dev/null || echo "$STATE")
  [ "$other" = "$STATE" ] || die "a cluster with SELVEDGE_STATE=$other has this machine; use that setting (now: $STATE), or take it down first"
}

# is_alone: whether no other cluster has its names and folders on this machine.
is_alone() { [ "$(compgen -G "/run/*selvedge-cluster.state" | grep -vcxF "$OWNER")" = 0 ]; }

# claim: makes the state folder and the machine's names ours, or says whose they are and touches nothing.
claim() {
  local name
  refuse_others
  [ -e "$STATE/$MARK" ] || [ -z "$(ls -A "$STATE" 2>/dev/null)" ] ||
    die "$STATE holds files that are not a cluster's: set SELVEDGE_STATE to a new or empty folder"
  if [ ! -e "$OWNER" ]; then
    for name in $(namespaces); do
      [ ! -e "/run/netns/$name" ] || die "a network namespace called \"$name\" exists that this program did not make; if nobody needs it: ip netns del $name"
    done
  fi
  mkdir -p "$STATE"
  : >"$STATE/$MARK"
  echo "$STATE" >"$OWNER"
}

number_of() { echo "${1#edge-}"; }        # edge-1 -> 1
namespace_of() { echo "$PREFIX${1/edge-/edge}"; } # edge-1 -> edge1; of a cluster that is not the first c2-edge1
namespaces() { for name in cp cloud registry "${NODES[@]}"; do namespace_of "$name"; done; }
cgroup_of() { namespace_of "$1"; }
address_of() { echo "$NODE_ADDRESS_PREFIX$(number_of "$1")"; }

require_node() {
  local node
  for node in "${NODES[@]}"; do [ "$1" = "$node" ] && return; done
  die "no node is called \"$1\"; the nodes are ${NODES[*]}"
}

# wait_for SECONDS WHAT COMMAND…: polls until COMMAND succeeds, or ends with a message that names WHAT and the logs.
wait_for() {
  local deadline=$((SECONDS + $1)) what=$2
  shift 2
  until "$@" >/dev/null 2>&1; do
    [ $SECONDS -lt $deadline ] || die "$what did not happen in time; logs are in $STATE"
    sleep 0.2
  done
}

# spawn NAME COMMAND…: a process of ours, in its own session, with a log and a pid file.
spawn() {
  local name=$1
  shift
  setsid "$@" >"$STATE/logs/$name.log" 2>&1 </dev/null 9>&- &
  echo $! >"$STATE/pids/$name"
}

# alive NAME WORD: whether the process spawned as NAME still runs (WORD of its command line guards against a reused pid).
alive() {
  local pid
  pid=$(cat "$STATE/pids/$1" 2>/dev/null) && tr '\0' ' ' 2>/dev/null <"/proc/$pid/cmdline" | grep -qF -- "$2"
}

# stop NAME WORD: ends what spawn started as NAME, with the children in its session.
stop() {
  local pid
  if alive "$1" "$2"; then
    pid=$(cat "$STATE/pids/$1")
    kill -TERM -- "-$pid" 2>/dev/null || kill -TERM "$pid" 2>/dev/null || true
  fi
  rm -f "$STATE/pids/$1"
}

end_mounts() { # end_mounts PREFIX: unmounts what is mounted on paths that begin so
  local mount
  awk -v at="$1" 'index($5, at) == 1 {print $5}' /proc/self/mountinfo | sort -r | while read -r mount; do umount "$mount"; done
}

# door NAME PORT NAMESPACE INNER_PORT: 127.0.0.1:PORT of the machine leads to 127.0.0.1:INNER_PORT inside NAMESPACE, whatever its links do.
door() {
  require_free "$2"
  spawn "$1" socat "TCP-LISTEN:$2,bind=127.0.0.1,reuseaddr,fork" "EXEC:nsenter --net=/run/netns/$3 socat - TCP\:127.0.0.1\:$4"
}

port_is_free() { ! (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }
require_free() { port_is_free "$1" || die "port $1 of 127.0.0.1 is taken by another program (ss -ltnp 'sport = :$1' names it); free it first"; }

in_namespace() { # in_namespace NAME COMMAND…: not `ip netns exec`, which hides the cgroups
  local name=$1
  shift
  nsenter --net="/run/netns/$name" "$@"
}

kubectl() { "$KUBE_BIN/kubectl" --kubeconfig "$STATE/kubeconfig" "$@"; }
