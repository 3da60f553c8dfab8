package dev.selvedge.operator.chart;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;

import com.fasterxml.jackson.databind.JsonNode;
import io.fabric8.kubernetes.client.utils.Serialization;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;

/** The files for a k3s box without a network, with small stand-ins for the images; and install.sh on a box that only looks like one. */
class BundleTest {
    private static final List<String> ARCHITECTURES = List.of("amd64", "arm64");

    @TempDir
    static Path work;

    private static String version = "";

    @BeforeAll
    static void build() throws IOException {
        version = said(List.of("images/build", "--version"));
        for (var arch : ARCHITECTURES) {
            for (var name : List.of("hub", "operator")) {
                archive(work.resolve("images").resolve(arch), name);
            }
        }
        var built =
                said(List.of("bundle/build", "--images", work.resolve("images").toString(), "--out", work.toString()));
        assertThat(built.lines())
                .endsWith(
                        work.resolve("selvedge-" + version + "-amd64.tar.gz").toString(),
                        work.resolve("selvedge-" + version + "-arm64.tar.gz").toString());
        for (var arch : ARCHITECTURES) {
            said(List.of(
                    "tar",
                    "-C",
                    work.toString(),
                    "-xzf",
                    work.resolve("selvedge-" + version + "-" + arch + ".tar.gz").toString()));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"amd64", "arm64"})
    void holdsAllThatABoxNeeds(String arch) throws IOException {
        var folder = folder(arch);

        try (var files = Files.walk(folder)) {
            assertThat(files.filter(Files::isRegularFile)
                            .map(file -> folder.relativize(file).toString()))
                    .containsExactlyInAnyOrder(
                            "SHA256SUMS",
                            "crds.yaml",
                            "helmchart.yaml",
                            "images.txt",
                            "images/selvedge-hub.tar",
                            "images/selvedge-operator.tar",
                            "install.sh",
                            "selvedge-" + version + ".tgz");
        }
        assertThat(folder.resolve("images/selvedge-hub.tar"))
                .hasSameBinaryContentAs(work.resolve("images").resolve(arch).resolve("hub.tar"));
        assertThat(folder.resolve("crds.yaml")).hasSameBinaryContentAs(Path.of("../helm/crds.yaml"));
        assertThat(folder.resolve("images.txt"))
                .content()
                .isEqualTo("selvedge.dev/hub:" + version + "\nselvedge.dev/operator:" + version + "\n");
    }

    @Test
    void theHelmChartCarriesTheChartUnchanged() throws IOException {
        var resource =
                Serialization.unmarshal(Files.readString(folder("arm64").resolve("helmchart.yaml")), JsonNode.class);
        var chart = Base64.getDecoder()
                .decode(resource.required("spec").required("chartContent").asText());

        assertThat(chart).isEqualTo(Files.readAllBytes(folder("arm64").resolve("selvedge-" + version + ".tgz")));
        assertThat(resource.required("kind").asText()).isEqualTo("HelmChart");
        assertThat(resource.required("spec").required("targetNamespace").asText())
                .isEqualTo("selvedge-system");
        var values = Files.writeString(
                work.resolve("values.yaml"),
                resource.required("spec").required("valuesContent").asText());
        var carried = work.resolve("carried.tgz");
        Files.write(carried, chart);
        assertThat(Chart.renderPackage(carried, "--values", values.toString()))
                .isEqualTo(Chart.render("--values", values.toString()))
                .noneMatch(object -> object.getKind().equals("CustomResourceDefinition"));
    }

    @Test
    void everyImageOfTheChartIsInTheBundle() throws IOException {
        var images = Files.readAllLines(folder("arm64").resolve("images.txt"));

        var rendered = Chart.helm("template").text();
        assertThat(rendered.lines()
                        .map(String::strip)
                        .filter(line -> line.matches(".*selvedge\\.dev/[a-z-]+:[0-9].*"))
                        .map(line -> line.replaceFirst("^[a-z]+: ", "")))
                .hasSize(2)
                .isSubsetOf(images);
    }

    @Test
    void installsAndDoesSoAgain() throws IOException {
        var box = new Box("arm64");

        var first = box.run();
        var second = box.run();

        assertThat(first.code()).as(first.text()).isZero();
        assertThat(first.text())
                .contains(
                        "copied selvedge-hub.tar", "Selvedge " + version + " is ready", "selvedge.dev/hub:" + version);
        assertThat(second.code()).as(second.text()).isZero();
        assertThat(second.text()).contains("selvedge-hub.tar is in ").doesNotContain("copied");
        for (var name : List.of("hub", "operator")) {
            assertThat(box.home.resolve("agent/images/selvedge-" + name + ".tar"))
                    .hasSameBinaryContentAs(work.resolve("images/arm64/" + name + ".tar"));
        }
        try (var imported = Files.list(box.home.resolve("agent/images"))) {
            assertThat(imported).as("nothing half copied is left").hasSize(2);
        }
        var asked = box.asked();
        assertThat(asked)
                .containsSubsequence(
                        "ctr images import images/selvedge-hub.tar",
                        "kubectl apply --server-side --force-conflicts --field-manager=selvedge-install -f crds.yaml",
                        "kubectl apply --server-side --force-conflicts --field-manager=selvedge-install -f helmchart.yaml",
                        "kubectl -n selvedge-system rollout status deployment/selvedge --timeout=300s");
        assertThat(asked.subList(asked.size() / 2, asked.size()))
                .as("the second time is like the first")
                .isEqualTo(asked.subList(0, asked.size() / 2));
    }

    @Test
    void handsTheUsersValuesToHelm() throws IOException {
        var box = new Box("amd64");
        var values =
                Files.writeString(box.folder.resolve("my values.yaml"), "replicaCount: 2\nresources:\n  limits: {}\n");

        var answer = box.run("--values", values.toString());

        assertThat(answer.code()).as(answer.text()).isZero();
        var config = Serialization.unmarshal(Files.readString(box.folder.resolve("stdin")), JsonNode.class);
        assertThat(config.required("kind").asText()).isEqualTo("HelmChartConfig");
        assertThat(config.required("metadata").required("name").asText()).isEqualTo("selvedge");
        assertThat(config.required("spec").required("valuesContent").asText()).isEqualTo(Files.readString(values));
    }

    @Test
    void bringsOnlyImagesToTheOtherBoxes() throws IOException {
        var box = new Box("arm64");

        var answer = box.run("images");

        assertThat(answer.code()).as(answer.text()).isZero();
        assertThat(box.asked()).allMatch(call -> call.startsWith("ctr images import"));
        assertThat(box.home.resolve("agent/images/selvedge-operator.tar")).exists();
    }

    @Test
    void saysWhatStaysWhenItGoes() throws IOException {
        var box = new Box("arm64");

        var answer = box.run("uninstall");

        assertThat(answer.code()).as(answer.text()).isZero();
        assertThat(answer.text()).contains("the volumes with the messages in them");
        assertThat(box.asked())
                .anyMatch(call -> call.contains("delete helmchart selvedge"))
                .noneMatch(call -> call.contains("delete") && (call.contains("crd") || call.contains("pv")));
    }

    @Test
    void refusesABoxThatItIsNotFor() throws IOException {
        assertThat(new Box("arm64").with("uname", "echo x86_64").run())
                .satisfies(answer -> assertThat(answer.code()).isNotZero())
                .satisfies(
                        answer -> assertThat(answer.text()).contains("this bundle is for arm64 and the box is amd64"));
        assertThat(new Box("amd64").with("id", "echo 1000").run().text()).contains("needs root");
        assertThat(new Box("amd64").without("k3s").run().text()).contains("k3s is not on this box");
        assertThat(new Box("amd64").with("k3s", "exit 1").run().text()).contains("does not answer as a server");
    }

    @Test
    void refusesAFileThatIsNotWhatWasBuilt() throws IOException {
        var box = new Box("arm64");
        Files.writeString(box.folder.resolve("images/selvedge-hub.tar"), "cut off");

        var answer = box.run();

        assertThat(answer.code()).isNotZero();
        assertThat(answer.text()).contains("selvedge-hub.tar", "copy and unpack it again");
        assertThat(box.home).doesNotExist();
    }

    @Test
    void saysWhereToLookWhenTheOperatorDoesNotComeUp() throws IOException {
        var box = new Box("arm64").with("k3s", "case \"$*\" in *wait*deployment*) exit 1 ;; esac");

        var answer = box.run();

        assertThat(answer.code()).isNotZero();
        assertThat(answer.text())
                .contains("the operator is not ready", "logs job/helm-install-selvedge")
                .doesNotContain("is ready");
    }

    @Test
    void theScriptIsPlainShell() {
        said(List.of("sh", "-n", "bundle/install.sh"));
        said(List.of("shellcheck", "bundle/install.sh"));
    }

    @Test
    void anImageThatWouldLackALibraryOnArm64IsNotMade() throws IOException {
        var lacking = jars("lacking", "META-INF/native/libepoll_x86_64.so");
        var whole = jars(
                "whole",
                "META-INF/native/libepoll_x86_64.so",
                "META-INF/native/libepoll_aarch_64.so",
                "linux-x86/libusb.so",
                "linux-armv7/libusb.so",
                "linux/arm/libusb.so");
        var unclear = jars("unclear", "lib/libfast.so", "alarm/libslow.so");

        assertThat(Chart.run(List.of("images/native-libraries", whole.toString()))
                        .code())
                .isZero();
        assertThat(Chart.run(List.of("images/native-libraries", lacking.toString())))
                .satisfies(answer -> assertThat(answer.code()).isNotZero())
                .satisfies(answer -> assertThat(answer.text()).contains("libepoll_x86_64.so has no twin for arm64"));
        assertThat(Chart.run(List.of("images/native-libraries", unclear.toString()))
                        .text())
                .contains(
                        "lib/libfast.so does not say which machine it is for",
                        "alarm/libslow.so does not say which machine it is for");
    }

    /** A copy of a bundle, and in front of the programs of the machine some that make it look like a k3s box. */
    private static final class Box {
        final Path folder;
        final Path home;
        private final Path programs;

        Box(String arch) throws IOException {
            folder = Files.createTempDirectory(work, "box");
            said(List.of("cp", "-r", folder(arch) + "/.", folder.toString()));
            programs = Files.createDirectory(folder.resolve("programs"));
            home = folder.resolve("k3s");
            with("id", "echo 0");
            with(
                    "uname",
                    "echo " + Map.of("amd64", "x86_64", "arm64", "aarch64").get(arch));
            with("k3s", "");
        }

        Box with(String program, String does) throws IOException {
            var log = program.equals("k3s")
                    ? "echo \"$*\" >>'" + folder + "/asked'\ncase \"$*\" in *'-f -') cat >'" + folder
                            + "/stdin' ;; esac\n"
                    : "";
            var file = programs.resolve(program);
            Files.writeString(file, "#!/bin/sh\n" + log + does + "\n");
            assertThat(file.toFile().setExecutable(true)).isTrue();
            return this;
        }

        Box without(String program) throws IOException {
            Files.delete(programs.resolve(program));
            return this;
        }

        Chart.Answer run(String... arguments) {
            var command = new ArrayList<>(List.of(
                    "env",
                    "PATH=" + programs + ":/usr/bin:/bin",
                    "K3S_HOME=" + home,
                    folder.resolve("install.sh").toString()));
            command.addAll(List.of(arguments));
            return Chart.run(command);
        }

        List<String> asked() throws IOException {
            return Files.readAllLines(folder.resolve("asked"));
        }
    }

    private static Path folder(String arch) {
        return work.resolve("selvedge-" + version + "-" + arch);
    }

    /** As much of a docker-archive as says which image is in it. */
    private static void archive(Path folder, String name) throws IOException {
        Files.createDirectories(folder);
        var content = Files.createTempDirectory(work, name);
        Files.writeString(
                content.resolve("manifest.json"),
                "[{\"Config\":\"c.json\",\"RepoTags\":[\"selvedge.dev/" + name + ":" + version + "\"],\"Layers\":[]}]");
        Files.writeString(content.resolve("c.json"), folder.getFileName().toString());
        said(List.of(
                "tar",
                "-C",
                content.toString(),
                "-cf",
                folder.resolve(name + ".tar").toString(),
                "manifest.json",
                "c.json"));
    }

    private static Path jars(String name, String... entries) throws IOException {
        var folder = Files.createDirectories(work.resolve(name));
        try (var jar = new ZipOutputStream(Files.newOutputStream(folder.resolve(name + ".jar")))) {
            for (var entry : entries) {
                jar.putNextEntry(new ZipEntry(entry));
            }
        }
        return folder;
    }

    private static String said(List<String> command) {
        var answer = Chart.run(command);
        assertThat(answer.code()).as(answer.text()).isZero();
        return answer.text();
    }
}
