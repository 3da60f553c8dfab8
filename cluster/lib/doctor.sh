# What the machine must have.
# shellcheck shell=bash

PACKAGES="containerd:containerd runc:runc ctr:containerd iptables:iptables ipset:ipset ip:iproute2 conntrack:conntrack ethtool:ethtool socat:socat busybox:busybox-static
 skopeo:skopeo umoci:umoci openssl:openssl mosquitto:mosquitto mosquitto_pub:mosquitto-clients gcc:gcc jq:jq nsenter:util-linux git:git redis-server:redis-server docker-registry:docker-registry"

cni_folder() {
  local folder
  for folder in /usr/lib/cni /opt/cni/bin; do [ -x "$folder/bridge" ] && { echo "$folder"; return; }; done
  echo /usr/lib/cni
}

missing_packages() {
  local pair
  for pair in $PACKAGES; do command -v "${pair%%:*}" >/dev/null || echo "${pair##*:}"; done | sort -u
  [ -x "$(cni_folder)/bridge" ] || echo containernetworking-plugins
}

go_is_new_enough() {
  local minor
  minor=$(go env GOVERSION 2>/dev/null | sed -n 's/^go1\.\([0-9]*\).*/\1/p')
  [ "${minor:-0}" -ge 24 ]
}

# One fault a line, each with what to do.
faults() {
  local packages
  [ "$(id -u)" = 0 ] || echo "root is needed, for network namespaces: sudo -E cluster/cluster up"
  packages=$(missing_packages | tr '\n' ' ')
  [ -z "$packages" ] || echo "packages are missing: apt-get install -y --no-install-recommends $packages (or: cluster/cluster install-debian)"
  { [ -x "$KUBE_BIN/kube" ] && [ -x "$LOCAL_PATH_BIN/local-path-provisioner" ] && [ -x "$KUBE_ROUTER_BIN/kube-router" ]; } || go_is_new_enough ||
    echo "Go 1.24 or later is missing (https://go.dev/dl): it builds Kubernetes once, into $CACHE"
  [ -d /proc/sys/net/bridge ] || modprobe br_netfilter 2>/dev/null || echo "the kernel has no br_netfilter: NetworkPolicies would not meet what pods of one node send each other"
  grep -qw overlay /proc/filesystems || modprobe overlay 2>/dev/null || echo "the kernel has no overlay file system"
}

doctor() {
  local found
  found=$(faults)
  [ -z "$found" ] && { echo "everything the cluster needs is here"; return; }
  echo "$found"
  return 1
}

doctor_quiet() {
  local found
  found=$(faults)
  [ -z "$found" ] || die "$found"
}

install_debian() {
  local packages
  packages=$(missing_packages)
  [ -z "$packages" ] && { say "nothing to install"; return; }
  apt-get update -qq
  # shellcheck disable=SC2086
  apt-get install -y -qq --no-install-recommends $packages
}
