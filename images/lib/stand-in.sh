# An image that stands in for k3s where its own cannot be pulled: what cluster/ runs, on the machine's own programs.
# shellcheck shell=bash

STAND_IN_PROGRAMS=(bash containerd containerd-shim-runc-v2 ctr runc iptables ipset mount umount nsenter openssl)
STAND_IN_PLUGINS=(bridge host-local loopback portmap)

cluster_value() { # cluster_value NAME: a variable of cluster/lib/common.sh
  # shellcheck disable=SC2016
  bash -euc 'HERE=$0; . "$HERE/lib/common.sh"; echo "${!1}"' "$PROJECT/cluster" "$1"
}

stand_in_inputs() {
  local name
  for name in "${STAND_IN_PROGRAMS[@]}" busybox; do readlink -f "$(command -v "$name" || echo "/usr/bin/$name")"; done
  for name in "${STAND_IN_PLUGINS[@]}"; do echo "/usr/lib/cni/$name"; done
  echo "$(cluster_value KUBE_BIN)/kube"
  echo "$(cluster_value LOCAL_PATH_BIN)/local-path-provisioner"
  echo "$(cluster_value KUBE_ROUTER_BIN)/kube-router"
  for name in pause busybox; do echo "$HOME_OF_ALL/$name.tar"; done
  echo "$HERE/lib/stand-in.sh"
  for name in lib local-path/storage.yaml; do echo "$PROJECT/cluster/$name"; done
}

root_of_k3s_stand_in() {
  local root=$1
  link_merged_folders "$root"
  stand_in_programs "$root"
  stand_in_cluster "$root"
  mkdir -p "$root"/{etc/ssl,usr/lib/ssl,var/lib/rancher/k3s,var/log,run,var/run,sys,proc,dev,root,tmp}
  chmod 1777 "$root/tmp"
  cp /etc/ssl/openssl.cnf "$root/etc/ssl/"
  ln -s /etc/ssl/openssl.cnf "$root/usr/lib/ssl/openssl.cnf"
  echo 'root:x:0:0:root:/root:/bin/bash' >"$root/etc/passwd"
  echo 'root:x:0:' >"$root/etc/group"
  same_times "$root"
}

stand_in_programs() {
  local root=$1 name
  for name in "${STAND_IN_PROGRAMS[@]}"; do program "$(command -v "$name")" "$root/usr/bin/$name" "$root"; done
  for name in "${STAND_IN_PLUGINS[@]}"; do program "/usr/lib/cni/$name" "$root/usr/lib/cni/$name" "$root"; done
  for name in iptables-save iptables-restore ip6tables ip6tables-save ip6tables-restore; do ln -s iptables "$root/usr/bin/$name"; done
  cp -a --parents /usr/lib/*/xtables "$root"
  cp "$(command -v busybox)" "$root/usr/bin/busybox"
  for name in $(busybox --list); do [ -e "$root/usr/bin/$name" ] || ln -s busybox "$root/usr/bin/$name"; done
}

# program FILE TARGET ROOT: with the libraries that it wants
program() {
  install -D -m 755 "$(readlink -f "$1")" "$2"
  if ldd "$2" >/dev/null 2>&1; then with_libraries "$2" "$3"; fi
}

stand_in_cluster() { # cluster/ and its cache, as they lie in the project and on the machine
  local root=$1 kube local_path kube_router binary file
  kube=/opt/cache/$(basename "$(cluster_value KUBE_BIN)")
  local_path=/opt/cache/$(basename "$(cluster_value LOCAL_PATH_BIN)")
  kube_router=/opt/cache/$(basename "$(cluster_value KUBE_ROUTER_BIN)")
  install -D "$(cluster_value KUBE_BIN)/kube" "$root$kube/kube"
  for binary in etcd kube-apiserver kube-controller-manager kube-scheduler kubelet kube-proxy kubectl; do ln -s kube "$root$kube/$binary"; done
  ln -s "$kube/kubectl" "$root/usr/bin/kubectl"
  install -D "$(cluster_value LOCAL_PATH_BIN)/local-path-provisioner" "$root$local_path/local-path-provisioner"
  install -D "$(cluster_value KUBE_ROUTER_BIN)/kube-router" "$root$kube_router/kube-router"
  mkdir -p "$root/opt/cache/images"
  cp "$HOME_OF_ALL"/{pause,busybox}.tar "$root/opt/cache/images/"
  for file in lib/{common,pki,control-plane,node}.sh local-path/storage.yaml {kube,local-path,kube-router,argocd}/go.mod; do
    install -D -m 644 "$PROJECT/cluster/$file" "$root/opt/cluster/$file"
  done
  install -m 755 "$HERE/k3s-stand-in/k3s" "$root/usr/bin/k3s"
}
