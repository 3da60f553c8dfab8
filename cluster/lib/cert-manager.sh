# The controllers of cert-manager, without its webhooks, as a process in the namespace cp.
# shellcheck shell=bash

CERT_MANAGER_VERSION=$(awk '/github.com\/cert-manager\/cert-manager v/ {for (i = 1; i <= NF; i++) if ($i ~ /^v[0-9]/) {print $i; exit}}' "$HERE/cert-manager/go.mod")
CERT_MANAGER_BIN=$CACHE/cert-manager-$CERT_MANAGER_VERSION

# Its definitions come out of the same module.
build_cert_manager() {
  local module=github.com/cert-manager/cert-manager source
  build_go "$HERE/cert-manager" "$CERT_MANAGER_BIN/cert-manager" . "-s -w"
  [ -d "$CERT_MANAGER_BIN/crds" ] && return
  source=$(cd "$HERE/cert-manager" && go list -m -f '{{.Dir}}' "$module") || die "the sources of cert-manager are not there: they are downloaded with Go"
  mkdir "$CERT_MANAGER_BIN/crds.new"
  install -m 644 "$source"/deploy/crds/*.yaml "$CERT_MANAGER_BIN/crds.new/"
  mv "$CERT_MANAGER_BIN/crds.new" "$CERT_MANAGER_BIN/crds"
}

cert_manager_up() {
  alive cert-manager "$CERT_MANAGER_BIN" && return
  build_cert_manager
  kubectl apply --server-side --force-conflicts -f "$CERT_MANAGER_BIN/crds" >/dev/null
  wait_for 30 "cert-manager's definitions" kubectl wait --for=condition=Established --timeout=5s -f "$CERT_MANAGER_BIN/crds" # fails on one without conditions yet
  in_cp cert-manager "$CERT_MANAGER_BIN/cert-manager" "$STATE/kubeconfig"
}

# What it issued stays; its own objects go.
cert_manager_down() {
  stop cert-manager "$CERT_MANAGER_BIN"
  [ ! -d "$CERT_MANAGER_BIN/crds" ] || kubectl delete --ignore-not-found --timeout=60s -f "$CERT_MANAGER_BIN/crds" >/dev/null
}

cert_manager() {
  case ${1:-} in
    build) build_cert_manager ;;
    up) require_up && cert_manager_up ;;
    down) require_up && cert_manager_down ;;
    *) die "usage: cluster cert-manager build|up|down" ;;
  esac
}
