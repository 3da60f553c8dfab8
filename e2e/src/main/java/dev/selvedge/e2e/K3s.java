package dev.selvedge.e2e;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;

import org.testcontainers.k3s.K3sContainer;
import org.testcontainers.utility.DockerImageName;
import org.testcontainers.utility.MountableFile;

/**
 * A k3s of one node, {@code edge-1}, in a container that Testcontainers starts. It ends with this program, unless the environment lets
 * Testcontainers reuse containers ({@code TESTCONTAINERS_REUSE_ENABLE}): then {@code cluster/k3s down} ends it.
 */
final class K3s implements Nodes {
    private static final String KUBECONFIG = "e2e/target/k3s.kubeconfig";

    private final K3sContainer container;
    private final Path kubeconfig;

    private K3s(K3sContainer container, Path kubeconfig) {
        this.container = container;
        this.kubeconfig = kubeconfig;
    }

    /** Starts it, or takes the one that runs, and writes its kubeconfig below the project's root. */
    static K3s start(Path root, String image) {
        var name = DockerImageName.parse(image).asCompatibleSubstituteFor("rancher/k3s");
        // closed by whoever takes the container away
        @SuppressWarnings("resource")
        var container =
                new K3sContainer(name).withLabel("dev.selvedge.cluster", "k3s").withReuse(true);
        container.withCommand("server", "--disable=traefik", "--tls-san=" + container.getHost(), "--node-name=edge-1");
        container.start();
        return new K3s(container, write(root.resolve(KUBECONFIG), container.getKubeConfigYaml()));
    }

    private static Path write(Path file, String text) {
        try {
            Files.createDirectories(file.getParent());
            Files.deleteIfExists(file);
            Files.createFile(file, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
            return Files.writeString(file, text);
        } catch (IOException e) {
            throw new UncheckedIOException("the kubeconfig of k3s cannot be kept", e);
        }
    }

    Path kubeconfig() {
        return kubeconfig;
    }

    @Override
    public void load(List<String> archives) {
        for (var archive : archives) {
            var inside = "/var/lib/rancher/k3s/" + Path.of(archive).getFileName();
            container.copyFileToContainer(MountableFile.forHostPath(archive), inside);
            exec("ctr", "--namespace", "k8s.io", "images", "import", inside);
            exec("rm", inside);
        }
    }

    @Override
    public void kill(String node, String id) {
        exec("ctr", "--namespace", "k8s.io", "task", "kill", "--signal", "SIGKILL", id);
    }

    private void exec(String... command) {
        try {
            var result = container.execInContainer(command);
            if (result.getExitCode() != 0) {
                throw new IllegalStateException(String.join(" ", command) + " in k3s ended with " + result.getExitCode()
                        + "\n" + result.getStderr());
            }
        } catch (IOException e) {
            throw new UncheckedIOException(String.join(" ", command) + " in k3s", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted: " + String.join(" ", command) + " in k3s", e);
        }
    }
}
