package dev.selvedge.operator.render;

import java.util.List;
import java.util.Map;

import dev.selvedge.api.v1alpha1.EdgeHub;
import dev.selvedge.api.v1alpha1.EdgeModule;
import dev.selvedge.identity.MasterKey;
import dev.selvedge.plan.Site;
import dev.selvedge.plan.SiteNode;
import dev.selvedge.plan.SitePlan;
import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.EnvVar;
import io.fabric8.kubernetes.api.model.PodSpec;
import io.fabric8.kubernetes.api.model.PodTemplateSpec;
import io.fabric8.kubernetes.client.utils.Serialization;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

final class ModulePodTest {
    private static final EdgeHub HUB = Serialization.unmarshal("""
            apiVersion: selvedge.dev/v1alpha1
            kind: EdgeHub
            metadata: {name: hub, namespace: site, uid: hub-uid}
            spec: {nodeSelector: {}, storage: {size: 1Gi}}
            """, EdgeHub.class);

    @Test
    void aModuleHasAHomeThatItMayWriteTo() {
        var pod = pod("");

        assertThat(home(pod)).containsExactly("/tmp");
        assertThat(module(pod).getVolumeMounts())
                .filteredOn(mount -> mount.getMountPath().equals("/tmp"))
                .singleElement()
                .satisfies(mount -> {
                    assertThat(mount.getReadOnly()).isNull();
                    assertThat(pod.getVolumes())
                            .filteredOn(volume -> volume.getName().equals(mount.getName()))
                            .singleElement()
                            .satisfies(
                                    volume -> assertThat(volume.getEmptyDir()).isNotNull());
                });
    }

    /** What is cut where it is read must not be applied. */
    @Test
    void aTemplateThatIsNestedTooDeepIsRefused() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> pod("  podTemplate: " + "{a: ".repeat(66) + "}".repeat(66)))
                .withMessage("podTemplate is nested deeper than 64 levels");
    }

    @Test
    void theOperatorFindsAPodByItsOwnLabelsWhateverTheTemplateSays() {
        var labels = template("  podTemplate: {metadata: {labels: {app.kubernetes.io/managed-by: Helm, line: '7'}}}")
                .getMetadata()
                .getLabels();

        assertThat(labels)
                .containsEntry("line", "7")
                .containsAllEntriesOf(template("").getMetadata().getLabels());
        assertThat(template("  podTemplate: {metadata: {labels: null}}")
                        .getMetadata()
                        .getLabels())
                .isEqualTo(template("").getMetadata().getLabels());
    }

    @Test
    void theUsersOwnHomeWins() {
        assertThat(home(pod("  env: [{name: HOME, value: /data}]"))).containsExactly("/data");
        assertThat(home(pod(
                        "  podTemplate: {spec: {containers: [{name: module, env: [{name: HOME, value: /data}]}]}}")))
                .containsExactly("/data");
    }

    @Test
    void aModuleMayWriteBesideItselfUnlessTheUserForbidsIt() {
        assertThat(module(pod("")).getSecurityContext().getReadOnlyRootFilesystem())
                .isNull();
        assertThat(module(
                                pod(
                                        "  podTemplate: {spec: {containers: [{name: module, securityContext: {readOnlyRootFilesystem: true}}]}}"))
                        .getSecurityContext())
                .satisfies(context -> {
                    assertThat(context.getReadOnlyRootFilesystem()).isTrue();
                    assertThat(context.getAllowPrivilegeEscalation()).isFalse();
                });
    }

    private static List<String> home(PodSpec pod) {
        return module(pod).getEnv().stream()
                .filter(variable -> variable.getName().equals("HOME"))
                .map(EnvVar::getValue)
                .toList();
    }

    private static Container module(PodSpec pod) {
        return pod.getContainers().getFirst();
    }

    /** The pod of a module with more in its spec. */
    private static PodSpec pod(String more) {
        return template(more).getSpec();
    }

    private static PodTemplateSpec template(String more) {
        var module = Serialization.unmarshal("""
                apiVersion: selvedge.dev/v1alpha1
                kind: EdgeModule
                metadata: {name: sensor, namespace: site, uid: sensor-uid}
                spec:
                  image: sensor:1
                """ + more, EdgeModule.class);
        var node = SiteNode.of("edge-1", Map.of(), true);
        var instance = SitePlan.of(new Site(List.of(HUB), List.of(module), List.of(node), Map.of()))
                .modules()
                .getFirst();
        var key = MasterKey.of(new byte[32]).derive(instance.identity(), "1");
        var proof = new Proof(instance.identity(), "1", "CA\n", "CA\n", key, null);
        var connection = new ModulePod.Connection(
                ModuleObjects.secret(instance, proof), proof.anchor(), "1", "10.43.0.7", List.of());
        return ModulePod.statefulSet(instance, connection).getSpec().getTemplate();
    }
}
