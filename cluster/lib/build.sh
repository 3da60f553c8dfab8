# Binaries and helper images, made once and kept in the cache by version.
# shellcheck shell=bash

BINARIES=(etcd kube-apiserver kube-controller-manager kube-scheduler kubelet kube-proxy kubectl)

# build_go FOLDER OUT PACKAGE LDFLAGS: builds PACKAGE of the module in FOLDER unless OUT was built from the same sources
build_go() {
  local folder=$1 out=$2 package=$3 flags=$4 sources
  sources=$(cd "$folder" && find . -maxdepth 1 \( -name '*.go' -o -name 'go.*' \) -print0 | sort -z | xargs -0 cat | sha256sum | cut -d' ' -f1)
  is_built "$out" "$sources" && return
  go_is_at_least 24 || die "Go 1.24 or later is missing (https://go.dev/dl): it builds $(basename "$out") once"
  mkdir -p "$(dirname "$out")"
  # of two that want it one builds
  (flock 8 && { is_built "$out" "$sources" || go_build 8>&-; }) 8>"$out.lock" || die "building $(basename "$out") failed"
}

is_built() { [ -x "$1" ] && [ "$(cat "$1.sources" 2>/dev/null)" = "$2" ]; }

go_build() { # the variables are those of build_go
  local started=$SECONDS
  say "building $(basename "$out") from Go modules (once; minutes)"
  (cd "$folder" && CGO_ENABLED=0 go build -trimpath -ldflags "$flags" -o "$out.new" "$package") || return
  mv "$out.new" "$out"
  echo "$sources" >"$out.sources"
  say "built $(basename "$out") in $((SECONDS - started)) s: $out"
}

build_kube() {
  local minor=${KUBE_VERSION#v*.} binary version=k8s.io/component-base/version
  minor=${minor%%.*}
  build_go "$HERE/kube" "$KUBE_BIN/kube" . "-s -w -X $version.gitVersion=$KUBE_VERSION -X $version.gitMajor=1 -X $version.gitMinor=$minor"
  for binary in "${BINARIES[@]}"; do ln -sfn kube "$KUBE_BIN/$binary"; done
}

build_all() {
  build_kube
  build_go "$HERE/local-path" "$LOCAL_PATH_BIN/local-path-provisioner" github.com/rancher/local-path-provisioner "-s -w"
  build_go "$HERE/kube-router" "$KUBE_ROUTER_BIN/kube-router" github.com/cloudnativelabs/kube-router/v2/cmd/kube-router "-s -w"
  "$HERE/../images/build" pause busybox >/dev/null
}
