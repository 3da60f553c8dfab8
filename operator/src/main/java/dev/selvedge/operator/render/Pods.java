package dev.selvedge.operator.render;

import java.util.List;

import dev.selvedge.plan.SiteNode;
import io.fabric8.kubernetes.api.model.Affinity;
import io.fabric8.kubernetes.api.model.AffinityBuilder;
import io.fabric8.kubernetes.api.model.LocalObjectReference;
import io.fabric8.kubernetes.api.model.LocalObjectReferenceBuilder;
import io.fabric8.kubernetes.api.model.PodSecurityContext;
import io.fabric8.kubernetes.api.model.PodSecurityContextBuilder;
import io.fabric8.kubernetes.api.model.SecurityContext;
import io.fabric8.kubernetes.api.model.SecurityContextBuilder;
import io.fabric8.kubernetes.api.model.Toleration;
import io.fabric8.kubernetes.api.model.TolerationBuilder;
import io.fabric8.kubernetes.api.model.Volume;
import io.fabric8.kubernetes.api.model.VolumeBuilder;

/** What the pods of hubs and modules have in common. */
final class Pods {
    static final String HOSTNAME = "kubernetes.io/hostname";
    static final String TMP = "tmp";
    /** Where it is mounted: every user may write there. */
    static final String TMP_DIRECTORY = "/tmp";
    /** A container that fails leaves its last lines in the pod's status, where the operator finds them. */
    static final String LAST_WORDS = "FallbackToLogsOnError";

    private Pods() {}

    /** Affinity, not {@code spec.nodeName}: with that, a claim that waits for its first consumer never binds. */
    static Affinity on(SiteNode node) {
        return new AffinityBuilder()
                .withNewNodeAffinity()
                .withNewRequiredDuringSchedulingIgnoredDuringExecution()
                .addNewNodeSelectorTerm()
                .addNewMatchExpression()
                .withKey(HOSTNAME)
                .withOperator("In")
                .withValues(node.labels().getOrDefault(HOSTNAME, node.name()))
                .endMatchExpression()
                .endNodeSelectorTerm()
                .endRequiredDuringSchedulingIgnoredDuringExecution()
                .endNodeAffinity()
                .build();
    }

    /** A node that is cut off keeps its pods, and nothing restarts when it returns. */
    static List<Toleration> tolerations() {
        return List.of(tolerate("node.kubernetes.io/not-ready"), tolerate("node.kubernetes.io/unreachable"));
    }

    static PodSecurityContext restrictedPod(long user) {
        return new PodSecurityContextBuilder()
                .withRunAsNonRoot(true)
                .withRunAsUser(user)
                .withRunAsGroup(user)
                .withFsGroup(user)
                .withNewSeccompProfile()
                .withType("RuntimeDefault")
                .endSeccompProfile()
                .build();
    }

    static SecurityContext restrictedContainer() {
        return new SecurityContextBuilder()
                .withAllowPrivilegeEscalation(false)
                .withNewCapabilities()
                .withDrop("ALL")
                .endCapabilities()
                .build();
    }

    /** For programs that are known to write only where a volume is. */
    static SecurityContext readOnlyContainer() {
        return new SecurityContextBuilder(restrictedContainer())
                .withReadOnlyRootFilesystem(true)
                .build();
    }

    static Volume tmp() {
        return new VolumeBuilder().withName(TMP).withNewEmptyDir().endEmptyDir().build();
    }

    static List<LocalObjectReference> pullSecrets(List<String> names) {
        return names.stream()
                .map(name -> new LocalObjectReferenceBuilder().withName(name).build())
                .toList();
    }

    private static Toleration tolerate(String taint) {
        return new TolerationBuilder()
                .withKey(taint)
                .withOperator("Exists")
                .withEffect("NoExecute")
                .build();
    }
}
