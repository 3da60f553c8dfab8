# To a registry: one architecture as it is, several as one tag, an index that lets each machine take its own.
# shellcheck shell=bash

# push NAME ARCHIVE…: one archive for each of $ARCHS, in that order
push() {
  local name=$1 target from
  shift
  target=$REGISTRY/$name:$(image_name "$name" | sed 's/.*://')
  from=docker-archive:$1
  if [ $# -gt 1 ]; then
    index "$WORK/index-$name" "$@"
    from=oci:$WORK/index-$name:image
  fi
  # shellcheck disable=SC2086
  skopeo copy -q --all ${SKOPEO_FLAGS:-} "$from" "docker://$target" || die "could not push $target: log in with skopeo login, or see the message above"
  say "pushed $target for $ARCHS"
}

# index LAYOUT ARCHIVE…: an OCI layout whose "image" is an index of the archives
index() {
  local layout=$1 archive arch=0 of manifests=()
  shift
  IFS=, read -ra of <<<"$ARCHS"
  for archive in "$@"; do
    skopeo copy -q "docker-archive:$archive" "oci:$layout:${of[arch]}"
    manifests+=("$(descriptor "$layout" "${of[arch]}" | sed "s|}\$|,\"platform\":{\"os\":\"linux\",\"architecture\":\"${of[arch]}\"}}|")")
    arch=$((arch + 1))
  done
  local file=$layout/index.new type=application/vnd.oci.image.index.v1+json digest
  printf '{"schemaVersion":2,"mediaType":"%s","manifests":[%s]}' $type "$(IFS=,; echo "${manifests[*]}")" >"$file"
  digest=$(sha256sum "$file" | cut -d' ' -f1)
  printf '{"schemaVersion":2,"manifests":[{"mediaType":"%s","digest":"sha256:%s","size":%s,"annotations":{"org.opencontainers.image.ref.name":"image"}}]}' \
    $type "$digest" "$(stat -c %s "$file")" >"$layout/index.json"
  mv "$file" "$layout/blobs/sha256/$digest"
}

# descriptor LAYOUT TAG: of the manifest that has just been written
descriptor() {
  local raw=$WORK/manifest
  skopeo inspect --raw "oci:$1:$2" >"$raw"
  printf '{"mediaType":"application/vnd.oci.image.manifest.v1+json","digest":"sha256:%s","size":%s}' "$(sha256sum "$raw" | cut -d' ' -f1)" "$(stat -c %s "$raw")"
}
