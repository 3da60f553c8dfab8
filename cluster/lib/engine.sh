# A Docker engine of our own, for machines where none runs: Debian's dockerd on a socket and a bridge that only this machine sees.
# shellcheck shell=bash

ENGINE=unix://$STATE/docker.sock
BRIDGE=selvedge-docker # as long as a name may be
BRIDGE_ADDRESS=10.77.1.1/24
BRIDGE_RANGE=10.77.1.0/24
SYS_RESOURCE=24 # the number of CAP_SYS_RESOURCE, which --privileged asks for with all others

docker_here() { docker --host "$ENGINE" "$@"; }

engine_up() {
  local runtime=()
  [ "$(id -u)" = 0 ] || die "no Docker engine answers, and to start one needs root: sudo -E $0"
  command -v dockerd >/dev/null || die "no Docker engine answers and none can be started: apt-get install -y --no-install-recommends docker.io, or start yours"
  engine_down
  mkdir -p "$STATE"/{logs,pids}
  engine_network
  has_capability "$SYS_RESOURCE" || runtime=(--add-runtime "here=$HERE/lib/runc-here" --default-runtime here)
  # the machine's rules and forwarding stay as they are: published ports are served by docker-proxy, and nothing is ever pulled
  spawn dockerd env HTTP_PROXY=http://127.0.0.1:9 HTTPS_PROXY=http://127.0.0.1:9 dockerd --host "$ENGINE" --data-root "$STATE/data" --exec-root "$STATE/exec" \
    --pidfile "$STATE/docker.pid" --bridge "$BRIDGE" --ip 127.0.0.1 --iptables=false --ip6tables=false --ip-forward=false --ip-masq=false --storage-driver overlay2 \
    --exec-opt native.cgroupdriver=cgroupfs --cgroup-parent "/$BRIDGE" --oom-score-adjust 0 "${runtime[@]}"
  wait_for 60 "the Docker engine's readiness" docker_here version
}

# What containers send is for this machine or for nobody, whether it forwards packets or not; and the range never leaves by a real interface.
engine_network() {
  ip link add "$BRIDGE" type bridge
  ip address add "$BRIDGE_ADDRESS" dev "$BRIDGE"
  ip link set "$BRIDGE" up
  ip rule add iif "$BRIDGE" priority 100 prohibit
  ip route replace unreachable "$BRIDGE_RANGE" metric 4294967294
}

engine_down() {
  local containers pid
  if alive dockerd "$ENGINE"; then
    containers=$(docker_here ps --all --quiet)
    # shellcheck disable=SC2086
    [ -z "$containers" ] || docker_here rm --force --volumes $containers >/dev/null
    pid=$(cat "$STATE/pids/dockerd")
    kill -TERM "$pid"
    wait_for 30 "the Docker engine's end" test ! -e "/proc/$pid"
  fi
  end_cgroups "$BRIDGE"
  end_mounts "$STATE/"
  ip rule del iif "$BRIDGE" priority 100 prohibit 2>/dev/null || true
  ip link del "$BRIDGE" 2>/dev/null || true
  ip route del unreachable "$BRIDGE_RANGE" metric 4294967294 2>/dev/null || true
  rm -rf "$STATE"
}

has_capability() { # has_capability NUMBER: whether this machine can give it away
  (($(awk '/^CapBnd/ {print "0x" $2}' /proc/self/status) >> $1 & 1))
}
