# Network namespaces: cp (with the bridge), one per node, cloud (the broker), registry. Nothing here touches the machine's own links.
# shellcheck shell=bash

network_of_control_plane() {
  [ -e "/run/netns/$CP" ] && return
  ip netns add "$CP"
  ip -n "$CP" link set lo up
  ip -n "$CP" link add br0 type bridge
  ip -n "$CP" addr add "$CP_ADDRESS/24" dev br0
  ip -n "$CP" link set br0 up
  guard_add
}

# attach NAMESPACE ADDRESS: a namespace on the bridge by a veth pair, v-NAMESPACE in cp and eth0 inside.
attach() {
  ip netns add "$1"
  ip -n "$1" link set lo up
  ip link add "v-$1" netns "$CP" type veth peer name eth0 netns "$1"
  ip -n "$CP" link set "v-$1" master br0 up
  ip -n "$1" addr add "$2/24" dev eth0
  ip -n "$1" link set eth0 up
  ip -n "$1" route add default via "$CP_ADDRESS"
}

network_of_nodes() {
  local node
  for node in "${NODES[@]}"; do attach "$(namespace_of "$node")" "$(address_of "$node")"; done
  for node in "${NODES[@]}"; do route_pods "$node"; done
}

route_pods() { # the pod ranges of the other nodes, through their addresses
  local other
  for other in "${NODES[@]}"; do
    [ "$other" = "$1" ] || ip -n "$(namespace_of "$1")" route add "10.42.$(number_of "$other").0/24" via "$(address_of "$other")"
  done
  # the bridge plugin gives a packet for another node's pod the node's address, and NetworkPolicies there would not know the sender
  in_namespace "$(namespace_of "$1")" iptables -t nat -A POSTROUTING -s "$POD_RANGE" -d "$POD_RANGE" -j ACCEPT
}

# A packet for a cluster address must never leave by the machine's real interface: an unreachable route of the lowest priority, for exactly our ranges.
guard_add() {
  local range
  for range in "$LINK_RANGE" "$POD_RANGE" "$SERVICE_RANGE"; do ip route replace unreachable "$range" metric 4294967294; done
}

guard_remove() {
  local range
  is_alone || return 0
  for range in "$LINK_RANGE" "$POD_RANGE" "$SERVICE_RANGE"; do ip route del unreachable "$range" metric 4294967294 2>/dev/null || true; done
}

link_set() { # link_set NAMESPACE up|down
  [ -e "/run/netns/$1" ] || die "$1 has no network namespace: it is not up"
  ip -n "$CP" link set "v-$1" "$2"
}

# end_processes NAMESPACE: kills what runs in it; all of it is ours, for we made the namespace.
end_processes() {
  [ -e "/run/netns/$1" ] || return 0
  local pids tries=0
  while pids=$(ip netns pids "$1") && [ -n "$pids" ] && [ $tries -lt 100 ]; do
    # shellcheck disable=SC2086
    kill -KILL $pids 2>/dev/null || true
    tries=$((tries + 1))
    sleep 0.05
  done
}

end_namespace() {
  [ -e "/run/netns/$1" ] || return 0
  end_processes "$1"
  ip -n "$CP" link del "v-$1" 2>/dev/null || true # at once; with the namespace it would go some time later
  ip netns del "$1"
}
