# Packages of an architecture that is not this machine's: from Debian's archive through lists of their own, and Node from the npm registry. The
# machine's apt is not touched, nothing is installed, and nothing of the other architecture is run.
# shellcheck shell=bash

FOREIGN_SUITE=trixie # the first Debian with OpenJDK 25
FOREIGN_MIRROR=${SELVEDGE_DEBIAN_MIRROR:-http://deb.debian.org/debian}
FOREIGN_SECURITY_MIRROR=${SELVEDGE_DEBIAN_SECURITY_MIRROR:-http://deb.debian.org/debian-security} # or none
FOREIGN_KEYRING=/usr/share/keyrings/debian-archive-keyring.gpg

foreign() { [ "$ARCH" != "$HOST_ARCH" ]; }

# with_lists COMMAND…: apt-get or apt-cache, for the architecture that is built
with_lists() {
  if foreign; then APT_CONFIG=$OUT/apt/apt.conf "$@"; else "$@"; fi
}

# foreign_lists: fetches the lists of $ARCH, or brings them up to date
foreign_lists() {
  local home=$OUT/apt
  [ -e "$FOREIGN_KEYRING" ] || die "$FOREIGN_KEYRING is missing, which Debian's packages for $ARCH are checked with: apt-get install debian-archive-keyring"
  mkdir -p "$home"/{lists/partial,cache/archives/partial,sources}
  : >"$home/status"
  foreign_source "$FOREIGN_MIRROR" "$FOREIGN_SUITE $FOREIGN_SUITE-updates" >"$home/sources/debian.sources"
  rm -f "$home/sources/security.sources"
  if [ "$FOREIGN_SECURITY_MIRROR" = none ]; then
    say "the packages for $ARCH are taken without Debian's security updates, as \$SELVEDGE_DEBIAN_SECURITY_MIRROR says"
  else
    foreign_source "$FOREIGN_SECURITY_MIRROR" "$FOREIGN_SUITE-security" >"$home/sources/security.sources"
  fi
  cat >"$home/apt.conf" <<C
Dir::State::Lists "$home/lists";
Dir::State::status "$home/status";
Dir::Cache "$home/cache";
Dir::Etc::SourceList "/dev/null";
Dir::Etc::SourceParts "$home/sources";
APT::Architecture "$ARCH";
APT::Architectures "$ARCH";
APT::Sandbox::User "root";
APT::Update::Error-Mode "any";
C
  APT_CONFIG=$home/apt.conf apt-get update -q >"$WORK/apt.log" 2>&1 || {
    cat "$WORK/apt.log" >&2
    die "the lists of Debian $FOREIGN_SUITE for $ARCH could not be fetched, see above: from $FOREIGN_MIRROR (\$SELVEDGE_DEBIAN_MIRROR names another) and" \
      "from $FOREIGN_SECURITY_MIRROR (\$SELVEDGE_DEBIAN_SECURITY_MIRROR names another, or says none: then there are no security updates in the images)"
  }
}

foreign_source() { # foreign_source MIRROR SUITES
  cat <<S
Types: deb
URIs: $1
Suites: $2
Components: main
Architectures: $ARCH
Signed-By: $FOREIGN_KEYRING
S
}

# foreign_versions PACKAGE…
foreign_versions() { with_lists apt-cache show --no-all-versions "$@" | grep -E '^(Package|Version):'; }

foreign_jdk_package() { echo "openjdk-$(sed -n 's/^JAVA_VERSION="\([0-9]*\).*/\1/p' "$JDK/release")-jdk-headless"; }

# foreign_runtime MODULES FOLDER: a runtime for $ARCH, linked by this machine's jlink from Debian's modules of the same release
foreign_runtime() {
  local jdk=$WORK/jdk-$ARCH
  download "$jdk" "$(foreign_jdk_package)"
  dpkg-deb --fsys-tarfile "$jdk"/*.deb | tar -x -C "$jdk" --wildcards './usr/lib/jvm/*/jmods/*'
  jlink --module-path "$(echo "$jdk"/usr/lib/jvm/*/jmods)" --add-modules "$1" --strip-java-debug-attributes --exclude-files '**.debuginfo' --output "$2"
  rm -rf "$jdk"
}

# foreign_node FILE: the program of the same release as this machine's
foreign_node() {
  local folder=$WORK/node-$ARCH package
  package=node-linux-${ARCH/amd64/x64}@$(node --version | sed 's/^v//')
  command -v npm >/dev/null || die "npm is missing, which fetches Node for $ARCH: apt-get install npm"
  mkdir -p "$folder"
  (cd "$folder" && npm pack --silent --ignore-scripts "$package" >"$WORK/npm.log" 2>&1) || {
    cat "$WORK/npm.log" >&2
    die "npm could not fetch $package, which has Node for $ARCH"
  }
  tar -xzf "$folder"/*.tgz -C "$folder" package/bin/node
  install -D -m 755 "$folder/package/bin/node" "$1"
  rm -rf "$folder"
}
