# One node: containerd, kubelet, kube-proxy and kube-router's controller of NetworkPolicies in its network namespace, with a private mount namespace and its own cgroup root.
# shellcheck shell=bash

# Folders that containerd, CNI and the kubelet have to themselves whatever their flags say: each node sees its own in their place.
PRIVATE_FOLDERS=(/var/log /var/lib/cni /var/lib/kubelet /run/containerd)

make_private_folders() {
  local folder
  for folder in "${PRIVATE_FOLDERS[@]}"; do [ -d "$folder" ] || { mkdir "$folder" && echo "$folder" >>"$MADE"; }; done
}

remove_private_folders() { # only those that make_private_folders made, and only empty ones; the nodes of other clusters have theirs mounted there
  local folder
  { is_alone && [ -f "$MADE" ]; } || return 0
  while read -r folder; do rmdir "$folder" 2>/dev/null || true; done <"$MADE"
  rm "$MADE"
}

has_cgroup_v2() { [ -f /sys/fs/cgroup/cgroup.controllers ]; }

make_cgroups() { # make_cgroups CGROUP
  local controller file
  if has_cgroup_v2; then
    make_cgroup_v2 "$1"
    return
  fi
  for controller in cpu cpuacct cpuset memory devices freezer blkio pids systemd; do
    [ -d "/sys/fs/cgroup/$controller" ] && mkdir -p "/sys/fs/cgroup/$controller/$1"
  done
  for file in cpus mems; do cat "/sys/fs/cgroup/cpuset/cpuset.$file" >"/sys/fs/cgroup/cpuset/$1/cpuset.$file"; done
}

# make_cgroup_v2 CGROUP: it and all above it hand down what the kubelet insists on where the root has it; systemd takes nothing away that is handed on
make_cgroup_v2() {
  local at=/sys/fs/cgroup part controller
  for part in "" ${1//\// }; do
    at+=/$part
    mkdir -p "$at"
    for controller in cpuset cpu memory hugetlb pids; do
      ! grep -qw "$controller" "$at/cgroup.controllers" || echo "+$controller" >"$at/cgroup.subtree_control"
    done
  done
}

cgroups() { # cgroups NAME…: the folders of the cgroups with these names that exist
  local name
  for name in "$@"; do compgen -G "/sys/fs/cgroup/*/$name" || true; compgen -G "/sys/fs/cgroup/$name" || true; done
}

end_cgroups() { # end_cgroups NAME…: kills what runs in them, and removes them
  local folders pids tries=0
  mapfile -t folders < <(cgroups "$@")
  [ ${#folders[@]} -gt 0 ] || return 0
  while pids=$(find "${folders[@]}" -name cgroup.procs -exec cat {} + 2>/dev/null | sort -u) && [ -n "$pids" ] && [ $tries -lt 100 ]; do
    # shellcheck disable=SC2086
    kill -KILL $pids 2>/dev/null || true
    tries=$((tries + 1))
    sleep 0.05
  done
  find "${folders[@]}" -depth -type d -exec rmdir {} + 2>/dev/null || true
}

write_node_config() {
  local node=$1 at=$STATE/$1 name folder
  name=$(namespace_of "$node")
  mkdir -p "$at"/{containerd,run,kubelet,cni,manifests,volumes}
  for folder in "${PRIVATE_FOLDERS[@]}"; do mkdir -p "$at/private$folder"; done
  cat >"$at/containerd.toml" <<EOF
version = 2
root = "$at/containerd"
state = "$at/run"
[grpc]
 address = "$at/containerd.sock"
[plugins."io.containerd.internal.v1.opt"]
 path = "$at/opt"
[plugins."io.containerd.grpc.v1.cri"]
 sandbox_image = "$PAUSE_IMAGE"
 disable_apparmor = true
 restrict_oom_score_adj = true
 netns_mounts_under_state_dir = true
 [plugins."io.containerd.grpc.v1.cri".registry]
  config_path = "$STATE/registry/certs.d"
 [plugins."io.containerd.grpc.v1.cri".cni]
  bin_dir = "$(cni_folder)"
  conf_dir = "$at/cni"
 [plugins."io.containerd.grpc.v1.cri".containerd]
  snapshotter = "overlayfs"
  default_runtime_name = "runc"
  [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
   runtime_type = "io.containerd.runc.v2"
EOF
  cat >"$at/cni/10-bridge.conflist" <<EOF
{"cniVersion": "0.4.0", "name": "$name", "plugins": [
  {"type": "bridge", "bridge": "cni0", "isGateway": true, "ipMasq": true, "hairpinMode": true,
   "ipam": {"type": "host-local", "dataDir": "$at/ipam", "ranges": [[{"subnet": "10.42.$(number_of "$node").0/24"}]], "routes": [{"dst": "0.0.0.0/0"}]}},
  {"type": "portmap", "capabilities": {"portMappings": true}}]}
EOF
  cat >"$at/kubelet.yaml" <<EOF
apiVersion: kubelet.config.k8s.io/v1beta1
kind: KubeletConfiguration
authentication: {anonymous: {enabled: false}, x509: {clientCAFile: $STATE/pki/ca.crt}, webhook: {enabled: true}}
authorization: {mode: Webhook}
tlsCertFile: $STATE/pki/$node.crt
tlsPrivateKeyFile: $STATE/pki/$node.key
cgroupDriver: cgroupfs
cgroupRoot: /$(cgroup_of "$node")
failSwapOn: false
healthzPort: 0
clusterDNS: [$SERVICE_DNS_ADDRESS]
clusterDomain: cluster.local
evictionHard: {memory.available: 100Mi, nodefs.available: 2%, imagefs.available: 2%}
imageGCHighThresholdPercent: 100
nodeStatusUpdateFrequency: 4s
syncFrequency: 10s
staticPodPath: $at/manifests
EOF
  cat >"$at/proxy.yaml" <<EOF
apiVersion: kubeproxy.config.k8s.io/v1alpha1
kind: KubeProxyConfiguration
clientConnection: {kubeconfig: $STATE/pki/proxy.kubeconfig}
mode: iptables
hostnameOverride: $node
clusterCIDR: $POD_RANGE
conntrack: {maxPerCore: 0, tcpEstablishedTimeout: 0s, tcpCloseWaitTimeout: 0s}
EOF
  # Volumes have the same path on every node and are another folder on each, as on two machines.
  cat >"$at/run.sh" <<EOF
set -e
for folder in ${PRIVATE_FOLDERS[*]}; do mount --bind "$at/private\$folder" "\$folder"; done
mount --bind "$at/volumes" "$STATE/volumes"
containerd -c "$at/containerd.toml" >"$at/containerd.log" 2>&1 &
for _ in \$(seq 300); do ctr -a "$at/containerd.sock" version >/dev/null 2>&1 && break; sleep 0.1; done
exec "$KUBE_BIN/kubelet" --config "$at/kubelet.yaml" --kubeconfig "$at/kubeconfig" --root-dir "$at/kubelet" \
  --container-runtime-endpoint="unix://$at/containerd.sock" --hostname-override=$node --node-ip=$(address_of "$node") --cert-dir "$at/pki" --volume-plugin-dir "$at/volume-plugins" \
  --node-labels=selvedge.dev/edge=true >"$at/kubelet.log" 2>&1
EOF
  # k3s embeds this controller, with these settings; kube-router's other two stay off
  cat >"$at/policies.sh" <<EOF
exec "$KUBE_ROUTER_BIN/kube-router" --run-firewall=true --run-router=false --run-service-proxy=false --kubeconfig "$STATE/pki/policies.kubeconfig" \
  --hostname-override=$node --service-cluster-ip-range="$SERVICE_RANGE" --health-port=0
EOF
}

start_node() {
  local node=$1 name
  name=$(namespace_of "$node")
  make_cgroups "$(cgroup_of "$node")"
  write_node_config "$node"
  spawn "$node" nsenter --net="/run/netns/$name" unshare -m --propagation private bash "$STATE/$node/run.sh"
  spawn "$node-proxy" nsenter --net="/run/netns/$name" "$KUBE_BIN/kube-proxy" --config "$STATE/$node/proxy.yaml"
}

# start_policies NODE: when the Node is there, which it asks for once
start_policies() { spawn "$1-policies" nsenter --net="/run/netns/$(namespace_of "$1")" bash "$STATE/$1/policies.sh"; }

enforces_policies() { in_namespace "$(namespace_of "$1")" iptables -S KUBE-NWPLCY-DEFAULT; }

containerd_of() { # containerd_of NODE ARGUMENTS…: ctr against that node's containerd
  local node=$1
  shift
  ctr -a "$STATE/$node/containerd.sock" -n k8s.io "$@"
}

load_into_nodes() {
  local node archive failed=0 pids=()
  for archive in "$@"; do [ -f "$archive" ] || die "no such image archive: $archive"; done
  for node in "${NODES[@]}"; do
    (for archive in "$@"; do containerd_of "$node" images import "$archive" >/dev/null || exit 1; done) 9>&- &
    pids+=($!)
  done
  for node in "${pids[@]}"; do wait "$node" || failed=1; done
  [ $failed = 0 ] || die "an image could not be imported (see above)"
}

nodes_ready() { [ "$(kubectl get nodes --no-headers | grep -c ' Ready ')" = ${#NODES[@]} ]; }
