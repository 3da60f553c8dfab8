package dev.selvedge.e2e;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.Map;

import dev.selvedge.identity.ConnectionString;
import io.fabric8.kubernetes.client.KubernetesClient;

/** A device that is no pod, with mosquitto_pub for firmware. It knows what its Secret said when it was made, and nothing that came later. */
record Device(ConnectionString connection, String authorities) {
    /** What is sent to a pod that just ended gets no answer at all: mosquitto_pub alone would wait for two minutes. */
    private static final Duration ATTEMPT = Duration.ofSeconds(15);

    static Device of(KubernetesClient client, String namespace, String name) {
        var data = client.secrets()
                .inNamespace(namespace)
                .withName("device--" + name)
                .require()
                .getData();
        return new Device(ConnectionString.parse(text(data, "connectionString")), text(data, "ca.crt"));
    }

    private static String text(Map<String, String> data, String key) {
        return new String(Base64.getDecoder().decode(data.get(key)), StandardCharsets.UTF_8);
    }

    /** The name by which it knows its hub. */
    String host() {
        return connection.gatewayHost();
    }

    /**
     * Connects anew and publishes; returns true, or throws with what mosquitto_pub says.
     *
     * @param folder for its files
     * @param network where it stands: a node of the local cluster, or {@code cloud}
     * @param address what the hub's name means there
     */
    boolean publishes(Shell shell, Path folder, String network, String address, int port) {
        try {
            var id = connection.identity().path();
            var hosts = Files.writeString(folder.resolve("hosts"), address + " " + host() + "\n");
            var ca = Files.writeString(folder.resolve("ca.crt"), authorities);
            shell.run(
                    ATTEMPT,
                    List.of(
                            "cluster/cluster",
                            "enter",
                            network,
                            "unshare",
                            "--mount",
                            "sh",
                            "-c",
                            "mount --bind \"$1\" /etc/hosts && shift && exec mosquitto_pub \"$@\"",
                            "-",
                            hosts.toString(),
                            "--cafile",
                            ca.toString(),
                            "-h",
                            host(),
                            "-p",
                            String.valueOf(port),
                            "-q",
                            "1",
                            "-i",
                            id,
                            "-u",
                            id,
                            "-P",
                            connection.key(),
                            "-t",
                            "devices/" + id + "/messages/events/line=4",
                            "-m",
                            "21"));
            return true;
        } catch (IOException e) {
            throw new UncheckedIOException("the device's files cannot be written", e);
        }
    }
}
