# What goes into each image.
# shellcheck shell=bash disable=SC2034

image_name() {
  case $1 in
    pause | busybox) echo "selvedge.dev/$1:1" ;;
    k3s-stand-in) echo "selvedge.dev/$1:$(cluster_value KUBE_VERSION)" ;;
    *) echo "selvedge.dev/$1:$VERSION" ;;
  esac
}

# inputs NAME: the files an image is made of, missing ones included
inputs() {
  case $1 in
    pause) echo "$HERE/pause/pause.c" ;;
    busybox) readlink -f "$(command -v busybox || echo /usr/bin/busybox)" ;;
    k3s-stand-in) stand_in_inputs ;;
    mosquitto) readlink -f "$(command -v mosquitto || echo /usr/sbin/mosquitto)" ;;
    hub | operator)
      echo "$PROJECT/$1/target/selvedge-$1.jar"
      echo "$PROJECT/$1/target/lib"
      ;;
    weather-sensor | alarm)
      echo "$PROJECT/examples/modules/$1/target/$1.jar"
      echo "$PROJECT/examples/modules/$1/target/lib"
      ;;
    filter)
      echo "$PROJECT/examples/modules/$1/package.json"
      echo "$PROJECT/examples/modules/$1/node_modules"
      ;;
    *) die "no image is called \"$1\"; there are: pause ${ALL[*]}" ;;
  esac
}

how_to_make() {
  case $1 in
    pause | busybox) echo "apt-get install busybox-static" ;;
    mosquitto) echo "apt-get install mosquitto" ;;
    k3s-stand-in) echo "cluster/cluster install-debian, then cluster/cluster build" ;;
    filter) echo "npm install in examples/modules/filter" ;;
    *) echo "make build" ;;
  esac
}

build_image() {
  local name=$1 key file=$OUT/$1.tar input started=$SECONDS folder
  inputs "$name" >/dev/null
  if foreign && [[ " ${FOREIGN[*]} " != *" $name "* ]]; then
    die "$name has programs of this machine in it and is built for $HOST_ARCH alone; for $ARCH there are: ${FOREIGN[*]}"
  fi
  while read -r input; do
    [ -e "$input" ] || die "$name needs ${input#"$PROJECT"/}, which is not there: $(how_to_make "$name") makes it"
  done < <(inputs "$name")
  case $name in
    pause | busybox | mosquitto | k3s-stand-in) folder= ;;
    filter) folder=$(base node) ;;
    *)
      JDK=$("$PROJECT/tools/find-jdk")
      folder=$(base java)
      ;;
  esac
  key=$(content_key "$name" "$folder")
  if [ ! -f "$file" ] || [ "$(cat "$file.stamp" 2>/dev/null)" != "$key" ]; then
    rm -f "$file.stamp"
    if [ -n "$folder" ]; then cp -al "$folder" "$WORK/$name"; else new_layout "$WORK/$name"; fi
    add_layer "$WORK/$name" "root_of_${name//-/_}"
    entry "$name" "$WORK/$name"
    archive "$WORK/$name" "$(image_name "$name")" "$file"
    echo "$key" >"$file.stamp"
    say "$(image_name "$name") for $ARCH, $(($(stat -c %s "$file") / 1048576)) MiB in $((SECONDS - started)) s"
  fi
  echo "$file"
}

content_key() {
  {
    image_name "$1"
    [ -z "$2" ] || cat "$2.stamp"
    inputs "$1" | while read -r input; do find -L "$input" -type f -print0 | sort -z | xargs -0 sha256sum; done
    [ "$1" != filter ] || find "$PROJECT/examples/modules/filter" -path '*/node_modules' -prune -o -type f -print0 | sort -z | xargs -0 sha256sum
    [ ! -d "$HERE/$1" ] || find "$HERE/$1" -type f -print0 | sort -z | xargs -0 sha256sum
    cat "$HERE/lib/archive.sh" "$HERE/lib/images.sh"
  } | sha256sum
}

root_of_pause() { gcc -Os -static -o "$1/pause" "$HERE/pause/pause.c"; }

root_of_busybox() {
  local applet
  mkdir -p "$1/bin" "$1/tmp"
  cp "$(inputs busybox)" "$1/bin/busybox"
  for applet in $("$1/bin/busybox" --list); do [ "$applet" = busybox ] || ln -s busybox "$1/bin/$applet"; done
  chmod 1777 "$1/tmp"
}

# The machine's own broker with the libraries that it wants.
root_of_mosquitto() {
  local broker
  broker=$(inputs mosquitto)
  install -D -m 755 "$broker" "$1/usr/sbin/mosquitto"
  with_libraries "$broker" "$1"
  mkdir -p "$1/etc" "$1/tmp"
  chmod 1777 "$1/tmp"
  printf 'root:x:0:0:root:/:/sbin/nologin\nselvedge:x:10001:10001:Selvedge:/tmp:/sbin/nologin\n' >"$1/etc/passwd"
  printf 'root:x:0:\nselvedge:x:10001:\n' >"$1/etc/group"
  same_times "$1"
}

# The hub, and beside it on the PATH its tools: a process of their own with flags of their own. There is no shell: the kernel starts Java.
root_of_hub() {
  java_application hub "$1"
  install -m 644 "$HERE/hub/tool.args" "$1/opt/selvedge/tool.args"
  install -m 755 "$HERE/hub/selvedge-hub" "$1/usr/bin/selvedge-hub"
  same_times "$1/opt"
  same_times "$1/usr/bin"
}
root_of_operator() { java_application operator "$1"; }
root_of_weather_sensor() { java_application weather-sensor "$1"; }
root_of_alarm() { java_application alarm "$1"; }

root_of_filter() {
  mkdir -p "$1/opt/selvedge/filter"
  ! foreign || [ -z "$(find "$PROJECT/examples/modules/filter/node_modules" -name "*.node")" ] ||
    die "a package of filter brings a program of this machine (find examples/modules/filter/node_modules -name \"*.node\")"
  tar -C "$PROJECT/examples/modules/filter" --exclude=./test -c . | tar -C "$1/opt/selvedge/filter" -x --no-same-owner
  same_times "$1/opt"
}

# java_application NAME ROOT: jars, flags and, where images/NAME/train.sh trains one, the AOT cache
java_application() {
  local name=$1 root=$2 at=$2/opt/selvedge jars
  mkdir -p "$at"
  mapfile -t jars < <(inputs "$name")
  cp "${jars[0]}" "$at/"
  cp -rL "${jars[1]}" "$at/lib"
  cp "$HERE/$name/java.args" "$at/java.args"
  "$HERE/native-libraries" "$at" || die "$name could not run on arm64: see above"
  chmod -R u=rwX,go=rX "$at"
  same_times "$root/opt"
  # the cache is recorded by running the program, which takes a machine of that architecture
  if foreign || [ ! -x "$HERE/$name/train.sh" ]; then return 0; fi
  train "$name" "$root"
  printf '%s\n' -XX:AOTCache=/opt/selvedge/app.aot -XX:+UnlockDiagnosticVMOptions -XX:ArchiveRelocationMode=0 >>"$at/java.args"
  same_times "$root/opt"
}

# train NAME ROOT: runs images/NAME/train.sh with ROOT set, in namespaces of its own (a loopback and nothing else), so it may start
# servers; `chroot "$ROOT" /opt/java/bin/java @/opt/selvedge/java.args …` must leave $ROOT/opt/selvedge/app.aot.
train() {
  local root=$2
  mkdir -p "$root/proc" "$root/dev"
  # shellcheck disable=SC2016
  ROOT=$root unshare --mount --net --pid --fork --kill-child --propagation private bash -euc '
    ip link set lo up
    mount -t proc proc "$ROOT/proc"
    mount --rbind /dev "$ROOT/dev"
    mount -t tmpfs tmpfs "$ROOT/tmp"
    chmod 1777 "$ROOT/tmp"
    "$0"
    # Java says nothing of a cache that does not fit its flags; AOTMode=on makes it refuse.
    chroot "$ROOT" /opt/java/bin/java @/opt/selvedge/java.args -XX:AOTCache=/opt/selvedge/app.aot -XX:AOTMode=on -cp /opt/selvedge/selvedge-'"$1"'.jar -version' "$HERE/$1/train.sh" >"$OUT/$1.train.log" 2>&1 9>&- || {
    tail -20 "$OUT/$1.train.log" >&2
    die "training the AOT cache of $1 failed; the whole log: $OUT/$1.train.log"
  }
  [ -s "$root/opt/selvedge/app.aot" ] || die "images/$1/train.sh left no /opt/selvedge/app.aot; its log: $OUT/$1.train.log"
  rmdir "$root/proc" "$root/dev"
}

entry() {
  local name=$1 layout=$2 main
  case $name in
    pause) configure "$layout" 10001:10001 / /pause ;;
    busybox) configure "$layout" 0:0 / /bin/sh ;;
    mosquitto) configure "$layout" 10001:10001 / /usr/sbin/mosquitto ;;
    k3s-stand-in)
      configure "$layout" 0:0 / /usr/bin/k3s
      # overlay must not lie on overlay: containerd's files are on a volume
      umoci config --image "$layout:image" --config.volume /var/lib/rancher/k3s --config.env KUBECONFIG=/etc/rancher/k3s/k3s.yaml \
        --config.env CONTAINERD_ADDRESS=/run/k3s/containerd/containerd.sock --config.env CONTAINERD_NAMESPACE=k8s.io
      ;;
    filter)
      main=$(sed -n 's/.*"main" *: *"\([^"]*\)".*/\1/p' "$PROJECT/examples/modules/filter/package.json")
      configure "$layout" 10001:10001 /opt/selvedge/filter /usr/bin/node "${main:-index.js}"
      ;;
    weather-sensor | alarm) configure "$layout" 10001:10001 /opt/selvedge /opt/java/bin/java @/opt/selvedge/java.args -jar "/opt/selvedge/$name.jar" ;;
    *) configure "$layout" 10001:10001 /opt/selvedge /opt/java/bin/java @/opt/selvedge/java.args -jar "/opt/selvedge/selvedge-$name.jar" ;;
  esac
}
