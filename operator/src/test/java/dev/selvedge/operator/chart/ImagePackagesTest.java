package dev.selvedge.operator.chart;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import static org.assertj.core.api.Assertions.assertThat;

/** Which of Debian's packages {@code images/build} takes, and from where. The machine's apt-get and ldd are stand-ins. */
class ImagePackagesTest {
    @TempDir
    private Path work;

    @BeforeEach
    void standIns() throws IOException {
        program("apt-get", "true");
    }

    @Test
    void anotherArchitecturesPackagesComeWithTheirSecurityUpdates() throws IOException {
        var answer = build("foreign_lists");

        assertThat(answer.code()).as(answer.text()).isZero();
        assertThat(sources("debian"))
                .contains(
                        "URIs: http://deb.debian.org/debian\n",
                        "Suites: trixie trixie-updates\n",
                        "Architectures: arm64\n");
        assertThat(sources("security"))
                .contains(
                        "URIs: http://deb.debian.org/debian-security\n",
                        "Suites: trixie-security\n",
                        "Architectures: arm64\n");
    }

    @Test
    void securityUpdatesComeFromAMirrorOfTheirOwn() throws IOException {
        build("SELVEDGE_DEBIAN_SECURITY_MIRROR=http://mirror.example/security", "foreign_lists");

        assertThat(sources("security")).contains("URIs: http://mirror.example/security\n");
    }

    @Test
    void goesWithoutSecurityUpdatesOnlyWhenToldToAndSaysSo() {
        assertThat(build("foreign_lists").code()).isZero();

        var answer = build("SELVEDGE_DEBIAN_SECURITY_MIRROR=none", "foreign_lists");

        assertThat(answer.code()).as(answer.text()).isZero();
        assertThat(answer.text()).contains("without Debian's security updates");
        assertThat(work.resolve("apt/sources/security.sources")).doesNotExist();
    }

    @Test
    void saysWhatToDoWhenAListIsNotServed() throws IOException {
        program("apt-get", "! grep -q 'Error-Mode \"any\"' \"$APT_CONFIG\" || exit 100");

        var answer = build("foreign_lists");

        assertThat(answer.code()).isNotZero();
        assertThat(answer.text()).contains("$SELVEDGE_DEBIAN_MIRROR", "$SELVEDGE_DEBIAN_SECURITY_MIRROR", "none");
    }

    @ParameterizedTest
    @CsvSource({
        "java, amd64, libstdc++.so.6 => /lib/libstdc++.so.6, true",
        "java, amd64, libc.so.6 => /lib/libc.so.6, false",
        "java, arm64, libc.so.6 => /lib/libc.so.6, true",
        "node, arm64, libc.so.6 => /lib/libc.so.6, true",
        "node, amd64, libstdc++.so.6 => /lib/libstdc++.so.6, false"
    })
    void takesTheCxxLibraryWhereJavaIsLinkedWithIt(String kind, String arch, String linked, boolean taken)
            throws IOException {
        program("ldd", "echo '" + linked + "'");

        var answer = build("ARCH=" + arch, "packages_of " + kind);

        assertThat(answer.code()).as(answer.text()).isZero();
        assertThat(answer.text()).contains("libc6", "ca-certificates");
        assertThat(answer.text().contains("libstdc++6")).isEqualTo(taken);
    }

    private Chart.Answer build(String command) {
        return build("", command);
    }

    /** A command with the functions of {@code images/build} after a setting, on an amd64 machine that builds for arm64. */
    private Chart.Answer build(String setting, String command) {
        return Chart.run(List.of("bash", "-euc", """
                say() { echo "images: $*"; }
                die() { say "$*"; exit 1; }
                PATH=$0:$PATH WORK=$0 OUT=$0 JDK=$0 HOST_ARCH=amd64 ARCH=arm64
                eval "$1"
                . images/lib/base.sh
                . images/lib/foreign.sh
                FOREIGN_KEYRING=/dev/null
                eval "$2"
                """, work.toString(), setting, command));
    }

    private String sources(String name) throws IOException {
        return Files.readString(work.resolve("apt/sources/" + name + ".sources"));
    }

    private void program(String name, String does) throws IOException {
        var file = work.resolve(name);
        Files.writeString(file, "#!/bin/sh\n" + does + "\n");
        assertThat(file.toFile().setExecutable(true)).isTrue();
    }
}
