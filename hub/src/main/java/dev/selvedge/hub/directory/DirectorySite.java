package dev.selvedge.hub.directory;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.selvedge.api.v1alpha1.ModuleTwin;
import dev.selvedge.api.v1alpha1.ModuleTwinSpec;
import dev.selvedge.hub.twin.StatusSink;
import dev.selvedge.hub.twin.TwinSource;
import dev.selvedge.identity.CertificateName;
import dev.selvedge.identity.ConnectionString;
import dev.selvedge.identity.Credentials;
import dev.selvedge.identity.Credentials.Kind;
import dev.selvedge.identity.Identity;
import dev.selvedge.identity.MasterKey;
import dev.selvedge.plan.HubConfiguration;
import dev.selvedge.plan.Site;
import dev.selvedge.plan.SiteNode;
import dev.selvedge.plan.SitePlan;
import dev.selvedge.twin.DesiredRules;
import dev.selvedge.twin.MergePatch;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A site in a folder: reads the manifests, makes the plan that the operator would make for one node, and feeds the twins from it. Looks at the
 * folder once a second. Writes {@code modules/<moduleId>.env} for each module and {@code twins/<moduleId>.json} with what it reports; for
 * downstream devices {@code devices/<deviceId>.env} and {@code twins/devices/<deviceId>.json}. One thread of its own.
 */
public final class DirectorySite implements TwinSource {
    private static final Logger LOG = LoggerFactory.getLogger(DirectorySite.class);
    private static final long LOOK_EVERY_SECONDS = 1;

    private final Path folder;
    private final Path data;
    private final String deviceId;
    private final Map<String, String> labels;
    private final String gatewayHost;
    private final MasterKey masterKey;
    private final Versions versions;
    private final ScheduledExecutorService executor = Executors.newSingleThreadScheduledExecutor(
            Thread.ofPlatform().name("selvedge-directory").daemon().factory());
    private Map<String, HubConfiguration> inForce = Map.of();
    private @Nullable String seen;

    private DirectorySite(
            Path folder,
            Path data,
            String deviceId,
            Map<String, String> labels,
            String gatewayHost,
            MasterKey masterKey)
            throws IOException {
        this.folder = folder;
        this.data = data;
        this.deviceId = deviceId;
        this.labels = labels;
        this.gatewayHost = gatewayHost;
        this.masterKey = masterKey;
        versions = new Versions(data.resolve("versions.json"));
    }

    /**
     * Opens a site; makes key and certificates in the data folder at the first start.
     *
     * @param labels labels of the node that the device plays
     */
    public static DirectorySite open(
            Path folder, Path data, String deviceId, Map<String, String> labels, String gatewayHost)
            throws IOException {
        if (!Files.isDirectory(folder)) {
            throw new IOException("there is no folder " + folder + " with manifests");
        }
        var masterKey = LocalTrust.masterKey(data.resolve("identity/key"));
        LocalTrust.certificates(data.resolve("tls"), gatewayHost);
        return new DirectorySite(folder, data, deviceId, labels, gatewayHost, masterKey);
    }

    public MasterKey masterKey() {
        return masterKey;
    }

    /** Folder with {@code ca.crt}, {@code tls.crt}, {@code tls.key}. */
    public Path tls() {
        return data.resolve("tls");
    }

    /** Folder into which the Secret of the upstream is unpacked; it holds nothing else. */
    public Path upstreamSecret() {
        return data.resolve("upstream");
    }

    /** Shows reported properties as files. */
    public StatusSink statusSink() {
        return new ReportedFiles(data.resolve("twins"));
    }

    @Override
    public void start(Listener listener) {
        executor.scheduleWithFixedDelay(() -> look(listener), 0, LOOK_EVERY_SECONDS, TimeUnit.SECONDS);
    }

    @Override
    public void close() {
        executor.shutdownNow();
    }

    private void look(Listener listener) {
        try {
            var now = fingerprint();
            if (now.equals(seen)) {
                return;
            }
            apply(Manifests.read(folder), listener);
            seen = now;
        } catch (IOException | RuntimeException e) {
            LOG.error("manifests cannot be used, the last good ones stay: folder={} reason={}", folder, e.getMessage());
        }
    }

    private String fingerprint() throws IOException {
        var text = new StringBuilder();
        for (var file : Manifests.files(folder)) {
            text.append(file).append(Files.size(file)).append(Files.getLastModifiedTime(file));
        }
        return text.toString();
    }

    private void apply(Manifests manifests, Listener listener) throws IOException {
        var node = SiteNode.of(deviceId, labels, true).as(deviceId);
        var plan = SitePlan.of(new Site(manifests.hubs(), manifests.modules(), List.of(node), inForce));
        plan.problems()
                .forEach(problem ->
                        LOG.warn("{} {}: {}: {}", problem.kind(), problem.name(), problem.reason(), problem.message()));
        if (plan.hubs().isEmpty()) {
            throw new IOException("no EdgeHub for this device: one manifest of kind EdgeHub is needed");
        }
        var configuration = plan.hubs().getFirst().configuration();
        inForce = Map.of(deviceId, configuration);
        unpackSecret(configuration, manifests);
        var twins = twins(plan, configuration, manifests.twins());
        var known = Set.copyOf(twins.keySet());
        twins.entrySet().removeIf(twin -> isRefused(twin.getKey(), twin.getValue()));
        // who sees the hub obey its configuration finds all that modules need to connect
        for (var identity : twins.keySet()) {
            connectionString(identity, credentials(identity, manifests.twins()));
        }
        for (var twin : twins.entrySet()) {
            var credentials = credentials(twin.getKey(), manifests.twins());
            var version = versions.of(twin.getKey(), twin.getValue());
            listener.desired(twin.getKey(), version.uid(), version.version(), credentials, twin.getValue());
        }
        versions.keepOnly(known);
        listener.complete(known);
    }

    private static boolean isRefused(Identity identity, ObjectNode desired) {
        var violation = DesiredRules.violation(identity.moduleId(), desired);
        violation.ifPresent(why -> LOG.error(
                "twin refused, the last good one stays in force: identity={} reason=desired {}", identity, why));
        return violation.isPresent();
    }

    private Map<Identity, ObjectNode> twins(SitePlan plan, HubConfiguration configuration, List<ModuleTwin> manifests) {
        var twins = new LinkedHashMap<Identity, ObjectNode>();
        twins.put(Identity.hub(deviceId), configuration.toDesired());
        for (var instance : plan.modules()) {
            var defaults = instance.module().getSpec().twin();
            var desired = defaults == null || defaults.desired() == null
                    ? JsonNodeFactory.instance.objectNode()
                    : defaults.desired();
            twins.put(instance.identity(), desired);
        }
        for (var manifest : manifests) {
            var spec = manifest.getSpec();
            var mine =
                    spec.moduleId() == null ? deviceId.equals(spec.parentDeviceId()) : deviceId.equals(spec.deviceId());
            if (mine) {
                var properties = spec.properties();
                var desired = properties == null || properties.desired() == null
                        ? JsonNodeFactory.instance.objectNode()
                        : properties.desired();
                var identity = new Identity(spec.deviceId(), spec.moduleId());
                twins.merge(identity, desired, MergePatch::apply);
            }
        }
        return twins;
    }

    private static Credentials credentials(Identity identity, List<ModuleTwin> manifests) {
        return manifests.stream()
                .map(ModuleTwin::getSpec)
                .filter(spec -> new Identity(spec.deviceId(), spec.moduleId()).equals(identity))
                .findFirst()
                .map(ModuleTwinSpec::credentials)
                .orElse(Credentials.DEFAULT);
    }

    private void connectionString(Identity identity, Credentials credentials) throws IOException {
        if (Identity.EDGE_HUB.equals(identity.moduleId())) {
            return;
        }
        var name = identity.moduleId() == null ? identity.deviceId() : identity.moduleId();
        var folder = data.resolve(identity.moduleId() == null ? "devices" : "modules");
        var key = credentials.kind() == Kind.KEY ? masterKey.derive(identity, credentials.generation()) : null;
        if (key == null) {
            LocalTrust.clientCertificate(tls(), folder, name, new CertificateName(identity, credentials.generation()));
        }
        var text = new ConnectionString(gatewayHost, identity, key).text();
        LocalTrust.write(
                folder.resolve(name + ".env"),
                "EdgeHubConnectionString=" + text + "\nEdgeModuleCACertificateFile="
                        + tls().resolve("ca.crt").toAbsolutePath() + "\n");
    }

    private void unpackSecret(HubConfiguration configuration, Manifests manifests) throws IOException {
        var upstream = configuration.upstream();
        var reference = upstream == null || upstream.mqtt() == null
                ? null
                : upstream.mqtt().secretRef();
        var values = reference == null ? null : manifests.secrets().get(reference.name());
        if (reference != null && values == null) {
            LOG.warn("the upstream's Secret '{}' is not in {}", reference.name(), folder);
        }
        unpack(values == null ? Map.of() : values);
    }

    /** What another Secret left goes: one broker must not be shown what is another's. */
    private void unpack(Map<String, byte[]> values) throws IOException {
        for (var value : values.entrySet()) {
            LocalTrust.write(
                    upstreamSecret().resolve(value.getKey()), new String(value.getValue(), StandardCharsets.UTF_8));
        }
        if (!Files.isDirectory(upstreamSecret())) {
            return;
        }
        try (var files = Files.newDirectoryStream(upstreamSecret())) {
            for (var file : files) {
                if (!values.containsKey(String.valueOf(file.getFileName())) && !Files.isDirectory(file)) {
                    forget(file);
                }
            }
        }
    }

    private static void forget(Path file) {
        try {
            Files.delete(file);
            LOG.info("deleted {}: the upstream's Secret has it no more", file);
        } catch (IOException e) {
            LOG.warn(
                    "{} is not of the upstream's Secret, and is shown to the broker: it cannot be deleted: {}",
                    file,
                    e.toString());
        }
    }
}
