package dev.selvedge.operator.chart;

import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;

/** What the charts of {@code examples/gitops} make of the files of its sites. That Argo CD is content with it is tested with Argo CD. */
class GitOpsExampleTest {
    @ParameterizedTest
    @ValueSource(strings = {"munich", "lyon"})
    void aSiteIsFourWavesThatHealThemselves(String site) {
        var applications = Chart.applications(site);

        assertThat(applications.stream()
                        .collect(Collectors.toMap(
                                application -> application.getMetadata().getName(),
                                application -> application
                                        .getMetadata()
                                        .getAnnotations()
                                        .get("argocd.argoproj.io/sync-wave"))))
                .isEqualTo(Map.of(
                        site + "-namespace",
                        "-2",
                        site + "-operator",
                        "-1",
                        site + "-hub",
                        "0",
                        site + "-modules",
                        "1"));
        assertThat(applications).allSatisfy(application -> {
            assertThat(application.<Object>get("spec", "destination", "name")).isEqualTo(site);
            assertThat(application.<Object>get("spec", "syncPolicy", "automated"))
                    .isEqualTo(Map.of("prune", true, "selfHeal", true));
            assertThat(application.getMetadata().getFinalizers())
                    .as("an Application that goes takes nothing with it")
                    .isEmpty();
        });
    }

    /** The chart of Selvedge may have objects in it, and the volumes would go with it. */
    @ParameterizedTest
    @ValueSource(strings = {"munich", "lyon"})
    void theNamespaceIsThereBeforeTheOperatorAndStaysWhateverGoes(String site) {
        assertThat(Chart.renderForSite("namespace", site)).singleElement().satisfies(namespace -> {
            assertThat(namespace.getKind()).isEqualTo("Namespace");
            assertThat(namespace.getMetadata().getName()).isEqualTo(site);
            assertThat(namespace.getMetadata().getLabels())
                    .containsExactly(Map.entry("pod-security.kubernetes.io/enforce", "restricted"));
            assertThat(namespace.getMetadata().getAnnotations())
                    .containsEntry("argocd.argoproj.io/sync-options", "Prune=false,Delete=false");
        });
    }

    /** Pruned, they would take the stored messages with them. */
    @ParameterizedTest
    @ValueSource(strings = {"munich", "lyon"})
    void neitherHubNorModulesOwnANamespaceOrAVolume(String site) {
        assertThat(List.of(Chart.renderForSite("hub", site), Chart.renderForSite("modules", site)))
                .allSatisfy(objects -> assertThat(objects)
                        .isNotEmpty()
                        .extracting(GenericKubernetesResource::getKind)
                        .isSubsetOf("EdgeHub", "EdgeModule", "ModuleTwin"));
    }

    @Test
    void aSitesFileSaysOnlyWhatIsDifferentThere() {
        var munich = Chart.renderForSite("modules", "munich");
        var lyon = Chart.renderForSite("modules", "lyon");

        assertThat(names(munich)).containsExactlyInAnyOrder("weather-sensor", "filter", "weather-sensor.edge-1");
        assertThat(names(lyon)).containsExactly("weather-sensor");
        assertThat(lyon.getFirst().<Object>get("spec", "routes"))
                .isEqualTo(munich.stream()
                        .filter(object -> object.getMetadata().getName().equals("weather-sensor"))
                        .findFirst()
                        .orElseThrow()
                        .get("spec", "routes"));
        assertThat(lyon.getFirst().<Object>get("spec", "twin", "desired")).isEqualTo(Map.of("interval", 60));
        assertThat(Chart.renderForSite("hub", "lyon").getFirst().<Object>get("spec", "storage"))
                .isEqualTo(Map.of("size", "4Gi", "maxBytes", "3Gi"));
    }

    /** Else a site that follows a tag could not be added, as the tag has no file of it, and a change of its file would wait for the tag. */
    @Test
    void aSiteThatFollowsATagFollowsItsOwnFileAtOnce() {
        assertThat(Chart.applications("lyon"))
                .filteredOn(application ->
                        application.<Object>get("spec", "source", "repoURL").equals("https://git.example/fleet.git"))
                .hasSize(3)
                .allSatisfy(application -> {
                    // a site comes to its namespace whatever the tag has
                    var wave = application.getMetadata().getAnnotations().get("argocd.argoproj.io/sync-wave");
                    assertThat(application.<Object>get("spec", "source", "targetRevision"))
                            .isEqualTo(wave.equals("-2") ? "main" : "stable");
                    assertThat(application.<Object>get("spec", "source", "helm", "valueFiles"))
                            .as("a file of the tag")
                            .isNull();
                });
    }

    private static List<String> names(List<GenericKubernetesResource> objects) {
        return objects.stream().map(object -> object.getMetadata().getName()).toList();
    }
}
