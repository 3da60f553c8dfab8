# What the machine must have: for the cluster, for all that `make demo` does, or for `make test`.
# shellcheck shell=bash

BUILD_PACKAGES="mvn:maven node:nodejs npm:npm unzip:unzip umoci:umoci skopeo:skopeo busybox:busybox-static mosquitto:mosquitto mosquitto_pub:mosquitto-clients openssl:openssl"
PACKAGES="containerd:containerd runc:runc ctr:containerd iptables:iptables ipset:ipset ip:iproute2 conntrack:conntrack ethtool:ethtool socat:socat busybox:busybox-static
 skopeo:skopeo umoci:umoci openssl:openssl mosquitto:mosquitto mosquitto_pub:mosquitto-clients gcc:gcc jq:jq nsenter:util-linux git:git redis-server:redis-server docker-registry:docker-registry"
TEST_PACKAGES="make:make shellcheck:shellcheck strace:strace promtool:prometheus curl:curl chromium:chromium"

cni_folder() {
  local folder
  for folder in /usr/lib/cni /opt/cni/bin; do [ -x "$folder/bridge" ] && { echo "$folder"; return; }; done
  echo /usr/lib/cni
}

# what_for [demo|test]: prints for what: cluster; demo, and cluster where the demo will run on this one; or all that the tests take
what_for() {
  case ${1:-} in
    test) echo demo cluster test ;;
    demo) if takes_another; then echo demo; else echo demo cluster; fi ;;
    *) echo cluster ;;
  esac
}

takes_another() { # whether the demo runs on the cluster that SELVEDGE_KUBECONFIG names, or on k3s in a container
  [ -z "${SELVEDGE_KUBECONFIG:-}" ] || return 0
  case ${SELVEDGE_CLUSTER:-} in
    k3s) true ;;
    local) false ;;
    *) "$HERE/k3s" image >/dev/null 2>&1 ;;
  esac
}

missing_packages() { # missing_packages demo|cluster|test…
  local pair packages=
  case " $* " in *" demo "*) packages+=" $BUILD_PACKAGES" ;; esac
  case " $* " in *" cluster "*) packages+=" $PACKAGES" ;; esac
  case " $* " in *" test "*) packages+=" $TEST_PACKAGES" ;; esac
  for pair in $packages; do command -v "${pair%%:*}" >/dev/null || echo "${pair##*:}"; done | sort -u
  case " $* " in *" cluster "*) [ -x "$(cni_folder)/bridge" ] || echo containernetworking-plugins ;; esac
  case " $* " in *" test "*) missing_test_packages ;; esac
}

missing_test_packages() { # those that are no command
  [ -e /usr/include/stdio.h ] || echo libc6-dev
  /usr/bin/python3 -c "import paho.mqtt.client" 2>/dev/null || echo python3-paho-mqtt
  python3 -m pip --version >/dev/null 2>&1 || echo python3-pip
  docker version >/dev/null 2>&1 || command -v dockerd >/dev/null || echo docker.io
}

go_is_at_least() { # go_is_at_least MINOR
  local minor
  minor=$(go env GOVERSION 2>/dev/null | sed -n 's/^go1\.\([0-9]*\).*/\1/p')
  [ "${minor:-0}" -ge "$1" ]
}

# One fault a line, each with what to do.
faults() { # faults demo|cluster|test…
  local packages what all=
  case " $* " in *" test "*) all=" test" ;; *" demo "*) all=" demo" ;; esac
  [ "$(id -u)" = 0 ] || echo "root is needed, for network namespaces and for images: sudo -E before the command"
  packages=$(missing_packages "$@" | paste -sd ' ')
  [ -z "$packages" ] || echo "packages are missing: apt-get install -y --no-install-recommends $packages (or: cluster/cluster install-debian$all)"
  for what; do "faults_of_$what"; done
  [ "$*" != demo ] || [ -x "$KUBE_BIN/kubectl" ] || type -P kubectl >/dev/null || echo "kubectl is missing: https://kubernetes.io/docs/tasks/tools"
}

faults_of_demo() {
  { "$HERE/../tools/find-jdk" >/dev/null; } 2>&1 || true
  type -P helm >/dev/null || [ "$(uname -m)" = x86_64 ] || { "$HERE/../helm/fetch" >/dev/null; } 2>&1 || true
}

faults_of_cluster() {
  { [ -x "$KUBE_BIN/kube" ] && [ -x "$LOCAL_PATH_BIN/local-path-provisioner" ] && [ -x "$KUBE_ROUTER_BIN/kube-router" ]; } || go_is_at_least 24 ||
    echo "Go 1.24 or later is missing (https://go.dev/dl): it builds Kubernetes once, into $CACHE"
  [ -d /proc/sys/net/bridge ] || modprobe br_netfilter 2>/dev/null || echo "the kernel has no br_netfilter: NetworkPolicies would not meet what pods of one node send each other"
  grep -qw overlay /proc/filesystems || modprobe overlay 2>/dev/null || echo "the kernel has no overlay file system"
}

faults_of_test() {
  { [ -x "$CERT_MANAGER_BIN/cert-manager" ] && [ -x "$ARGOCD_BIN/argocd" ]; } || go_is_at_least 26 ||
    echo "Go 1.26 or later is missing (https://go.dev/dl): it builds Argo CD and cert-manager once, into $CACHE"
}

doctor() { # doctor [demo|test]
  local found
  # shellcheck disable=SC2046
  found=$(faults $(what_for "$@"))
  [ -z "$found" ] && { echo "nothing is missing for: ${1:-cluster}"; return; }
  echo "$found"
  return 1
}

doctor_quiet() {
  local found
  found=$(faults cluster)
  [ -z "$found" ] || die "$found"
}

install_debian() { # install_debian [demo|test]
  local packages
  # shellcheck disable=SC2046
  packages=$(missing_packages $(what_for "$@"))
  [ -z "$packages" ] && { say "nothing to install"; return; }
  apt-get update -qq
  # shellcheck disable=SC2086
  DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $packages
}
