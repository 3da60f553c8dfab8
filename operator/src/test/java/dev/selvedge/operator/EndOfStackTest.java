package dev.selvedge.operator;

import java.util.List;
import java.util.Set;

import dev.selvedge.api.v1alpha1.EdgeHub;
import dev.selvedge.api.v1alpha1.EdgeModule;
import dev.selvedge.api.v1alpha1.ModuleTwin;
import dev.selvedge.operator.apply.Announcer;
import dev.selvedge.operator.cache.ClusterCaches;
import dev.selvedge.operator.reconciler.hub.HubReconciler;
import dev.selvedge.operator.reconciler.module.ModuleReconciler;
import dev.selvedge.operator.reconciler.twin.TwinReconciler;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.ObjectMeta;
import io.fabric8.kubernetes.client.Config;
import io.javaoperatorsdk.operator.api.reconciler.Reconciler;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

/** The framework tries again after an exception. After an error it takes the object for being looked at for ever. */
final class EndOfStackTest {
    @Test
    void aPassThatEndsTheStackIsAFailureLikeAnyOther() {
        var announcer = new Announcer(null, null, null);
        fails(new HubReconciler(null, null, null, null, null, null, null, null, null, null), new EdgeHub());
        fails(new ModuleReconciler(null, null, null, null, null, null, List.of(), null, null), new EdgeModule());
        try (var client = OperatorMain.client(Config.empty())) {
            var caches = new ClusterCaches(client, Set.of(), List.of(), "nobody");
            fails(new TwinReconciler(caches, null, null, null, null, announcer, null, null), new ModuleTwin());
        }
    }

    private static <P extends HasMetadata> void fails(Reconciler<P> reconciler, P primary) {
        primary.setMetadata(new EndsOnce());
        assertThatIllegalStateException()
                .isThrownBy(() -> reconciler.reconcile(primary, null))
                .withMessage(primary.getKind()
                        + " site/deep cannot be looked at: it, or what it goes with, is nested too deep")
                .withCauseInstanceOf(StackOverflowError.class);
    }

    /** Metadata of which the first look ends the stack. */
    private static final class EndsOnce extends ObjectMeta {
        private boolean ended;

        EndsOnce() {
            setName("deep");
        }

        @Override
        public String getNamespace() {
            if (!ended) {
                ended = true;
                throw new StackOverflowError();
            }
            return "site";
        }
    }
}
