package dev.selvedge.operator.render;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Stream;

import dev.selvedge.api.v1alpha1.EdgeHub;
import dev.selvedge.api.v1alpha1.EdgeModule;
import dev.selvedge.api.v1alpha1.ModuleTwin;
import dev.selvedge.identity.Credentials;
import dev.selvedge.identity.Identity;
import dev.selvedge.identity.MasterKey;
import dev.selvedge.operator.pki.KeyAndCertificate;
import dev.selvedge.operator.pki.Lifetimes;
import dev.selvedge.plan.Site;
import dev.selvedge.plan.SiteNode;
import dev.selvedge.plan.SitePlan;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.Node;
import io.fabric8.kubernetes.api.model.Quantity;
import io.fabric8.kubernetes.api.model.ResourceRequirementsBuilder;
import io.fabric8.kubernetes.api.model.apps.StatefulSet;
import io.fabric8.kubernetes.api.model.rbac.RoleRef;
import io.fabric8.kubernetes.client.utils.Serialization;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.function.Executable;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * A folder per scenario: {@code in-*.yaml} are a site's objects, {@code out-<Kind>-<name>.yaml} all that is rendered for it, no more and no
 * less. With {@code -Dscenarios.write=true} the outputs are written anew, to be read in the diff.
 */
final class ScenarioTest {
    private static final Path SCENARIOS = Path.of("src/test/resources/scenarios");
    private static final boolean WRITE = Boolean.getBoolean("scenarios.write");

    private static final HubSettings SETTINGS = new HubSettings(
            "registry.example/selvedge-hub:1",
            "IfNotPresent",
            List.of("pull"),
            new ResourceRequirementsBuilder()
                    .withLimits(Map.of("memory", new Quantity("192Mi")))
                    .build(),
            new RoleRef("rbac.authorization.k8s.io", "ClusterRole", "selvedge-hub"));

    @TestFactory
    Stream<DynamicTest> scenarios() throws IOException {
        try (var folders = Files.list(SCENARIOS)) {
            var tests = new ArrayList<DynamicTest>();
            for (var folder : folders.sorted().toList()) {
                Executable check = () -> check(folder);
                tests.add(DynamicTest.dynamicTest(folder.getFileName().toString(), check));
            }
            assertThat(tests).isNotEmpty();
            return tests.stream();
        }
    }

    private static void check(Path folder) throws IOException {
        var inputs = new TreeMap<String, HasMetadata>();
        var expected = new TreeMap<String, String>();
        try (var files = Files.list(folder)) {
            for (var file : files.sorted().toList()) {
                var name = file.getFileName().toString();
                var text = Files.readString(file);
                if (name.matches("in-.*\\.yaml")) {
                    inputs.put(name, read(text));
                } else {
                    assertThat(name)
                            .as("a file that is neither in-*.yaml nor out-*.yaml")
                            .matches("out-.*\\.yaml");
                    expected.put(name, text);
                }
            }
        }
        var rendered = new TreeMap<String, String>();
        for (var object : render(inputs.values().stream().toList())) {
            var name = "out-" + object.getKind() + "-" + object.getMetadata().getName() + ".yaml";
            assertThat(rendered.put(name, yaml(object)))
                    .as("rendered twice: %s", name)
                    .isNull();
        }
        if (WRITE) {
            for (var stale : expected.keySet()) {
                Files.delete(folder.resolve(stale));
            }
            for (var file : rendered.entrySet()) {
                Files.writeString(folder.resolve(file.getKey()), file.getValue());
            }
            return;
        }
        assertThat(new TreeSet<>(rendered.keySet()))
                .as("files of rendered objects")
                .isEqualTo(expected.keySet());
        expected.forEach((name, text) -> assertThat(rendered.get(name)).as(name).isEqualTo(text));
    }

    private static List<HasMetadata> render(List<HasMetadata> inputs) {
        var twins = of(ModuleTwin.class, inputs);
        var plan = SitePlan.of(new Site(
                of(EdgeHub.class, inputs),
                of(EdgeModule.class, inputs),
                of(Node.class, inputs).stream()
                        .map(n -> SiteNode.of(
                                n.getMetadata().getName(), n.getMetadata().getLabels(), true))
                        .toList(),
                Map.of()));
        var objects = new ArrayList<HasMetadata>();
        var material = new HubObjects.Material("CA\n", "CERTIFICATE\n", "KEY\n", "0123456789abcdef");
        plan.hubs().forEach(hub -> {
            objects.add(HubObjects.claim(hub));
            objects.add(HubObjects.identity(hub, new byte[32]));
            objects.addAll(HubObjects.of(hub, material));
            objects.add(HubPod.statefulSet(hub, material, SETTINGS));
        });
        if (!plan.hubs().isEmpty()) {
            objects.addAll(HubObjects.shared("site", of(EdgeHub.class, inputs), SETTINGS));
        }
        of(EdgeHub.class, inputs).stream()
                .map(hub -> hub.getSpec().certificateAuthority())
                .filter(Objects::nonNull)
                .map(named -> Objects.requireNonNull(named.issuerRef()))
                .map(issuer -> AuthorityCertificate.of(
                        "site", of(EdgeHub.class, inputs), issuer, Lifetimes.DEFAULT.authority(), Optional.empty()))
                .forEach(objects::add);
        plan.modules().forEach(module -> {
            var current = twins.stream()
                    .filter(t -> t.getMetadata().getName().equals(ModuleObjects.twinName(module)))
                    .findFirst()
                    .orElse(null);
            var credentials = ModuleObjects.credentials(current);
            var proof = proof(module.identity(), credentials);
            var secret = ModuleObjects.secret(module, proof);
            objects.add(ModuleObjects.twin(module, current, "selvedge-operator"));
            objects.add(secret);
            objects.add(ModulePod.statefulSet(
                    module,
                    new ModulePod.Connection(
                            secret, proof.anchor(), credentials.generation(), "10.43.0.7", List.of())));
        });
        for (var running : of(StatefulSet.class, inputs)) {
            of(StatefulSet.class, objects).stream()
                    .filter(set -> set.getMetadata()
                            .getName()
                            .equals(running.getMetadata().getName()))
                    .flatMap(set -> PullJob.of(running, set).stream())
                    .forEach(objects::add);
        }
        twins.stream().filter(twin -> twin.getSpec().moduleId() == null).forEach(twin -> {
            var hub = plan.hubOf(twin.getSpec().parentDeviceId()).orElseThrow();
            var identity = Identity.device(twin.getSpec().deviceId());
            var proof = proof(identity, twin.getSpec().credentials());
            objects.add(DeviceObjects.label(twin, hub));
            objects.add(DeviceObjects.secret(twin, hub, proof));
        });
        return objects;
    }

    private static Proof proof(Identity identity, Credentials credentials) {
        var generation = credentials.generation();
        return credentials.kind() == Credentials.Kind.KEY
                ? new Proof(
                        identity,
                        generation,
                        "CA\n",
                        "CA\n",
                        MasterKey.of(new byte[32]).derive(identity, generation),
                        null)
                : new Proof(
                        identity, generation, "CA\n", "CA\n", null, new KeyAndCertificate("CERTIFICATE\n", "KEY\n"));
    }

    private static HasMetadata read(String yaml) {
        if (Serialization.unmarshal(yaml) instanceof HasMetadata object) {
            return switch (object.getKind()) {
                case "EdgeHub" -> Serialization.unmarshal(yaml, EdgeHub.class);
                case "EdgeModule" -> Serialization.unmarshal(yaml, EdgeModule.class);
                case "ModuleTwin" -> Serialization.unmarshal(yaml, ModuleTwin.class);
                default -> object;
            };
        }
        throw new IllegalArgumentException("no Kubernetes object: " + yaml);
    }

    private static <T> List<T> of(Class<T> kind, List<HasMetadata> objects) {
        return objects.stream().filter(kind::isInstance).map(kind::cast).toList();
    }

    private static String yaml(HasMetadata object) {
        return Serialization.asYaml(object);
    }
}
