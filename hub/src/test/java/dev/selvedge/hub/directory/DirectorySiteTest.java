package dev.selvedge.hub.directory;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.selvedge.hub.twin.TwinSource;
import dev.selvedge.identity.Credentials;
import dev.selvedge.identity.Identity;
import dev.selvedge.twin.DesiredRules;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import static org.assertj.core.api.Assertions.assertThat;

class DirectorySiteTest {
    private static final String HUB = """
            apiVersion: selvedge.dev/v1alpha1
            kind: EdgeHub
            metadata: {name: hub}
            spec:
              storage: {size: 1Gi}
              upstream: {mqtt: {url: "mqtts://broker.example"%s}}
            """;
    private static final String REFERENCE = ", secretRef: {name: broker}";

    @TempDir
    private Path folder;

    @TempDir
    private Path data;

    private final Map<Identity, ObjectNode> desired = new ConcurrentHashMap<>();
    private final Set<Identity> complete = ConcurrentHashMap.newKeySet();

    @Test
    void showsABrokerNothingOfTheSecretOfAnother() throws Exception {
        write(REFERENCE, "{username: hub, password: old, ca.crt: root}");
        try (var site = site()) {
            var looks = start(site);
            assertThat(unpacked(looks)).containsOnlyKeys("username", "password", "ca.crt");

            write(REFERENCE, "{tls.crt: certificate, tls.key: key, ca.crt: another}");
            assertThat(unpacked(looks))
                    .containsOnlyKeys("tls.crt", "tls.key", "ca.crt")
                    .containsEntry("ca.crt", "another");

            write(", secretRef: {name: absent}", "{tls.crt: certificate}");
            assertThat(unpacked(looks)).isEmpty();

            write(REFERENCE, "{tls.crt: certificate}");
            assertThat(unpacked(looks)).containsOnlyKeys("tls.crt");

            write("", "{tls.crt: certificate}");
            assertThat(unpacked(looks)).isEmpty();
        }
    }

    @Test
    void aTwinThatIsTooLargeIsRefusedAlone() throws Exception {
        write(REFERENCE, "{username: hub}");
        var twin =
                "{kind: ModuleTwin, metadata: {name: %1$s}, spec: {deviceId: %1$s, parentDeviceId: edge-1, properties: {desired: {a: '%2$s'}}}}\n";
        Files.writeString(
                folder.resolve("twins.yaml"),
                twin.formatted("camera", "x".repeat(DesiredRules.MAX_BYTES)) + "---\n"
                        + twin.formatted("thermometer", "x"));
        try (var site = site()) {
            unpacked(start(site));

            assertThat(desired).containsOnlyKeys(Identity.hub("edge-1"), Identity.device("thermometer"));
            assertThat(complete).contains(Identity.device("camera"));
        }
    }

    @Test
    void aModuleAndADeviceOfOneNameHaveFilesOfTheirOwn() throws Exception {
        write(REFERENCE, "{username: hub}");
        Files.writeString(folder.resolve("camera.yaml"), """
                {kind: EdgeModule, metadata: {name: camera}, spec: {image: camera}}
                ---
                {kind: ModuleTwin, metadata: {name: camera}, spec: {deviceId: camera, parentDeviceId: edge-1}}
                """);
        try (var site = site()) {
            unpacked(start(site));

            assertThat(data.resolve("modules/camera.env")).content().contains("DeviceId=edge-1;ModuleId=camera");
            assertThat(data.resolve("devices/camera.env"))
                    .content()
                    .contains("DeviceId=camera;")
                    .doesNotContain("ModuleId");
        }
    }

    private DirectorySite site() throws IOException {
        return DirectorySite.open(folder, data, "edge-1", Map.of(), "localhost");
    }

    private void write(String reference, String secret) throws IOException {
        var manifests = HUB.formatted(reference)
                + "---\n{apiVersion: v1, kind: Secret, metadata: {name: broker}, stringData: " + secret + "}\n";
        var unseen = Files.writeString(folder.resolve("site.new"), manifests);
        Files.move(unseen, folder.resolve("site.yaml"), StandardCopyOption.REPLACE_EXISTING);
    }

    /** What is in the folder of the Secret when the site has been applied once more. */
    private Map<String, String> unpacked(BlockingQueue<Map<String, String>> looks) throws InterruptedException {
        var look = looks.poll(30, TimeUnit.SECONDS);
        assertThat(look).isNotNull();
        return look;
    }

    private BlockingQueue<Map<String, String>> start(DirectorySite site) {
        var looks = new ArrayBlockingQueue<Map<String, String>>(10);
        site.start(new TwinSource.Listener() {
            @Override
            public void credentials(Identity identity, String uid, Credentials credentials) {
                throw new AssertionError("a folder has none without their twin");
            }

            @Override
            public void desired(
                    Identity identity, String uid, long version, Credentials credentials, ObjectNode properties) {
                desired.put(identity, properties);
            }

            @Override
            public void complete(Set<Identity> identities) {
                complete.addAll(identities);
                looks.add(read(site.upstreamSecret()));
            }

            @Override
            public void removed(Identity identity) {}
        });
        return looks;
    }

    private static Map<String, String> read(Path secret) {
        var read = new TreeMap<String, String>();
        try (var files = Files.newDirectoryStream(secret)) {
            for (var file : files) {
                read.put(file.getFileName().toString(), Files.readString(file));
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return read;
    }
}
