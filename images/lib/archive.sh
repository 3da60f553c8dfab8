# OCI layouts and docker-archives, made with umoci and skopeo: no engine, no registry.
# shellcheck shell=bash

# new_layout LAYOUT: an image without layers
new_layout() {
  rm -rf "$1"
  umoci init --layout "$1"
  umoci new --image "$1:image"
}

# add_layer LAYOUT FUNCTION…: unpacks the image, calls FUNCTION… with the root appended, and makes a layer of what it added
add_layer() {
  local layout=$1 bundle
  shift
  bundle=$(mktemp -d "$WORK/bundle.XXXX")
  umoci unpack --image "$layout:image" "$bundle" >/dev/null 2>&1
  "$@" "$bundle/rootfs"
  umoci repack --image "$layout:image" "$bundle" >/dev/null
  rm -rf "$bundle"
}

# configure LAYOUT USER WORKDIR ENTRYPOINT…
configure() {
  local layout=$1 user=$2 folder=$3 word entry=()
  shift 3
  for word in "$@"; do entry+=(--config.entrypoint "$word"); done
  umoci config --image "$layout:image" --architecture "$ARCH" --config.user "$user" --config.workingdir "$folder" --config.env PATH=/opt/java/bin:/usr/bin:/bin --config.env LANG=C.UTF-8 "${entry[@]}"
}

# archive LAYOUT NAME FILE
archive() {
  rm -f "$3.new"
  skopeo copy -q "oci:$1:image" "docker-archive:$3.new:$2"
  mv "$3.new" "$3"
}
