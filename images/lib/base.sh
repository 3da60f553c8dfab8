# The two bases, each one layer: Debian's C library, certificates and time zones with a Java runtime cut by jlink, or with Node.
# shellcheck shell=bash

# java.prefs is for Paho, which the Azure SDK for Java speaks MQTT over WebSockets with
JAVA_MODULES="java.base java.logging java.management java.naming java.net.http java.prefs java.security.jgss java.sql java.xml java.instrument
 jdk.crypto.ec jdk.unsupported jdk.jfr jdk.management jdk.zipfs jdk.httpserver jdk.net"
DEBIAN_PACKAGES="libc6 zlib1g libgcc-s1 ca-certificates tzdata"

# packages_of KIND: libstdc++6 for Node and for a Java virtual machine that is linked with it, as Debian's is; this machine's Node brings its own libraries
packages_of() {
  echo "$DEBIAN_PACKAGES"
  if foreign || { [ "$1" = java ] && [[ $(ldd "$JDK/lib/server/libjvm.so") == *libstdc++* ]]; }; then echo libstdc++6; fi
}

# debian KIND ROOT: unpacks the packages; no package manager ends up in the image
debian() {
  local root=$2 packages=$WORK/packages package
  # shellcheck disable=SC2046
  download "$packages" $(packages_of "$1")
  link_merged_folders "$root"
  for package in "$packages"/*.deb; do dpkg-deb --fsys-tarfile "$package" | tar -x -C "$root" --keep-directory-symlink; done
  rm -rf "$packages" "$root"/usr/share/{doc,lintian,man} "$root"/usr/lib/*-linux-gnu/gconv
  mkdir -p "$root/etc/ssl/certs" "$root/tmp"
  cat "$root"/usr/share/ca-certificates/mozilla/*.crt >"$root/etc/ssl/certs/ca-certificates.crt"
  chmod 1777 "$root/tmp"
  printf 'root:x:0:0:root:/:/sbin/nologin\nselvedge:x:10001:10001:Selvedge:/tmp:/sbin/nologin\n' >"$root/etc/passwd"
  printf 'root:x:0:\nselvedge:x:10001:\n' >"$root/etc/group"
  echo 'hosts: files dns' >"$root/etc/nsswitch.conf"
}

# download FOLDER PACKAGE…: the packages of the architecture that is built
download() {
  local folder=$1
  shift
  mkdir -p "$folder"
  (cd "$folder" && with_lists apt-get download -q "$@" >"$WORK/apt.log" 2>&1) || {
    cat "$WORK/apt.log" >&2
    die "apt-get could not download $* for $ARCH: run apt-get update, or mend the machine's package sources"
  }
}

link_merged_folders() { # /lib is /usr/lib, as on Debian itself
  local name
  for name in bin sbin lib lib64; do
    mkdir -p "$1/usr/$name"
    ln -sfn "usr/$name" "$1/$name"
  done
}

java_root() {
  local root=$1 module names=() modules
  debian java "$root"
  for module in $JAVA_MODULES; do
    "$JDK/bin/java" --list-modules | grep -q "^$module@" && names+=("$module")
  done
  modules=$(IFS=,; echo "${names[*]}")
  mkdir -p "$root/opt/selvedge"
  if foreign; then
    foreign_runtime "$modules" "$root/opt/java"
  else
    jlink --add-modules "$modules" --strip-debug --generate-cds-archive --output "$root/opt/java"
  fi
  rm -f "$root"/opt/java/lib/server/classes_nocoops*.jsa # only for heaps beyond 32 GB
  known_providers "$root/opt/java/conf/security/java.security"
  same_times "$root"
}

jlink() {
  "$JDK/bin/jlink" --no-header-files --no-man-pages "$@" >"$WORK/jlink.log" 2>&1 || {
    cat "$WORK/jlink.log" >&2
    die "jlink of $JDK failed"
  }
}

# Providers of security whose modules are not in the runtime would be sought among the program's jars at each look-up that fails elsewhere,
# and Bouncy Castle's be set up on the way: 8 MiB of heap.
known_providers() {
  sed -i '/^security\.provider\./d' "$1"
  local number=0 provider
  for provider in SUN SunRsaSign SunEC SunJSSE SunJCE; do
    number=$((number + 1))
    echo "security.provider.$number=$provider" >>"$1"
  done
}

node_root() {
  local root=$1 node
  debian node "$root"
  if foreign; then
    foreign_node "$root/usr/bin/node"
  else
    node=$(readlink -f "$(command -v node)")
    install -D -m 755 "$node" "$root/usr/bin/node"
    with_libraries "$node" "$root"
  fi
  mkdir -p "$root/opt/selvedge"
  same_times "$root"
}

# with_libraries PROGRAM ROOT: what the dynamic linker would load, where it looks for it
with_libraries() {
  local library
  ldd "$1" | awk '$2 == "=>" {print $3} $1 ~ /^\// {print $1}' | while read -r library; do
    [ -e "$2$library" ] || install -D -m 755 "$(readlink -f "$library")" "$2$library"
  done
}

# The same content gives the same layer, and an AOT cache finds the jars it was made from (it compares their times).
same_times() { find "$1" -xdev -newermt @"$EPOCH" -exec touch -h -d @"$EPOCH" {} +; }

# base KIND: the layout of base-java or base-node, made anew only when its ingredients change; prints its path
base() {
  local kind=$1 key layout=$OUT/base-$1
  key=$(
    {
      # shellcheck disable=SC2046
      if foreign; then
        foreign_versions $(packages_of "$kind") $([ "$kind" != java ] || foreign_jdk_package)
        cat "$HERE/lib/foreign.sh"
      else
        dpkg-query -W $(packages_of "$kind") 2>/dev/null || true
      fi
      cat "$HERE/lib/base.sh"
      case $kind in java) cat "$JDK/release" ;; node) sha256sum "$(readlink -f "$(command -v node)")" ;; esac
    } | sha256sum
  )
  if [ "$(cat "$layout.stamp" 2>/dev/null)" != "$key" ]; then
    say "making the $kind base"
    rm -f "$layout.stamp"
    new_layout "$layout"
    add_layer "$layout" "${kind}_root"
    echo "$key" >"$layout.stamp"
  fi
  echo "$layout"
}
