#!/bin/sh
# Installs Selvedge @VERSION@ on a k3s box with no network. Run it again at will, and from a newer bundle to upgrade.
set -eu

VERSION=@VERSION@
ARCH=@ARCH@
K3S_HOME=${K3S_HOME:-/var/lib/rancher/k3s}
NAMESPACE=selvedge-system
PATH=$PATH:/usr/local/bin # sudo may have left it out
PATIENCE=300s

usage() {
  cat <<'U'
usage: install.sh [--values FILE]     images onto this box, then Selvedge into its cluster; FILE holds values of the chart
       install.sh images              only the images: for every other box of the site
       install.sh uninstall           takes the operator away; sites, their volumes and the images stay
U
}
say() { echo "selvedge: $*"; }
die() {
  echo "selvedge: $*" >&2
  exit 1
}
kubectl() { k3s kubectl "$@"; }

check_box() {
  [ "$(id -u)" = 0 ] || die "this copies into $K3S_HOME and asks k3s, which needs root: sudo $0"
  command -v k3s >/dev/null || die "k3s is not on this box: install it first, from its own air-gap files (docs/how-to/air-gap.md)"
  case $(uname -m) in
    x86_64) box=amd64 ;;
    aarch64 | arm64) box=arm64 ;;
    *) box=$(uname -m) ;;
  esac
  [ "$box" = "$ARCH" ] || die "this bundle is for $ARCH and the box is $box: take selvedge-$VERSION-$box.tar.gz"
}

check_server() {
  kubectl get --raw /readyz >/dev/null || die "k3s does not answer as a server: is it up (systemctl status k3s)? On a box that is an agent run: $0 images"
}

check_files() {
  report=$(sha256sum -c SHA256SUMS 2>&1) || die "the bundle is not what was built: copy and unpack it again
$(echo "$report" | grep -v ': OK$')"
}

# Under another name first: k3s imports what it finds in the folder while it runs.
copy_images() {
  folder=$K3S_HOME/agent/images
  mkdir -p "$folder"
  for archive in images/*.tar; do
    name=$(basename "$archive")
    if cmp -s "$archive" "$folder/$name"; then
      say "$name is in $folder"
    else
      cp "$archive" "$folder/.$name.part"
      mv "$folder/.$name.part" "$folder/$name"
      say "copied $name to $folder, from where k3s imports it at every start"
    fi
    k3s ctr images import "$archive" >/dev/null
  done
  say "on this box now: $(tr '\n' ' ' <images.txt)"
}

apply() {
  kubectl apply --server-side --force-conflicts --field-manager=selvedge-install "$@" >/dev/null
}

apply_values() {
  [ -n "$1" ] || return 0
  {
    printf 'apiVersion: helm.cattle.io/v1\nkind: HelmChartConfig\nmetadata: {name: selvedge, namespace: kube-system}\nspec:\n  valuesContent: |\n'
    sed 's/^/    /' "$1"
  } | apply -f -
  say "applied the values in $1 as HelmChartConfig kube-system/selvedge"
}

# The label is that of the version which Helm installed last; before, the Deployment of an older one may well be ready.
await_operator() {
  say "waiting at most $PATIENCE for the operator"
  { kubectl -n $NAMESPACE wait --for=create deployment/selvedge --timeout=$PATIENCE \
    && kubectl -n $NAMESPACE wait --for=jsonpath='{.metadata.labels.app\.kubernetes\.io/version}'="$VERSION" deployment/selvedge --timeout=$PATIENCE \
    && kubectl -n $NAMESPACE rollout status deployment/selvedge --timeout=$PATIENCE; } >/dev/null || die "the operator is not ready. What Helm says: k3s kubectl -n kube-system logs job/helm-install-selvedge
  What the pod says: k3s kubectl -n $NAMESPACE describe pod"
}

install() {
  check_box
  check_server
  check_files
  copy_images
  apply -f crds.yaml
  kubectl wait --for=condition=Established -f crds.yaml --timeout=60s >/dev/null
  say "applied the definitions of EdgeHub, EdgeModule and ModuleTwin"
  apply_values "$1"
  apply -f helmchart.yaml
  say "applied HelmChart kube-system/selvedge, which k3s installs into the namespace $NAMESPACE"
  await_operator
  say "Selvedge $VERSION is ready. A site is next: label its nodes, apply an EdgeHub and modules, see k3s kubectl get iotedge -A"
}

uninstall() {
  check_box
  check_server
  kubectl -n kube-system delete helmchart selvedge --ignore-not-found --timeout=$PATIENCE >/dev/null
  kubectl -n kube-system delete helmchartconfig selvedge --ignore-not-found >/dev/null
  say "the operator is gone"
  say "these stay: the definitions with all EdgeHubs, EdgeModules and twins; their pods, which run on with nobody to look after them; the volumes with the messages in them; and the images"
  say "to be rid of a site, too: delete its namespace before you uninstall, then volumes that are left: k3s kubectl get pv"
  say "to be rid of the definitions and all sites: k3s kubectl delete -f crds.yaml"
  say "to be rid of the images: rm $K3S_HOME/agent/images/selvedge-*.tar"
}

values=
case ${1:-} in
  "") ;;
  --values)
    values=${2:?--values needs a file}
    [ -r "$values" ] || die "$values cannot be read"
    values=$(readlink -f "$values")
    ;;
  images | uninstall) ;;
  *) usage >&2; exit 2 ;;
esac
cd "$(dirname "$0")"
case ${1:-} in
  images)
    check_box
    check_files
    copy_images
    ;;
  uninstall) uninstall ;;
  *) install "$values" ;;
esac
