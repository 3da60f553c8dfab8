package dev.selvedge.hub.kubernetes;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.selvedge.api.v1alpha1.ModuleTwin;
import dev.selvedge.api.v1alpha1.ModuleTwinSpec;
import dev.selvedge.hub.twin.TwinSource;
import dev.selvedge.identity.Credentials;
import dev.selvedge.identity.Identity;
import dev.selvedge.json.Nesting;
import dev.selvedge.twin.DesiredRules;
import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

class ClaimsTest {
    private static final Identity SENSOR = Identity.module("edge-1", "sensor");

    private final List<ModuleTwin> existing = new ArrayList<>();
    private final List<String> heard = new ArrayList<>();
    private String failing = "";
    private final Claims claims = new Claims("press", () -> existing, new Heard());

    @Test
    void theOlderOfTwoIsInForceAtTheStartWhicheverCameFirst() {
        create(twin("copy", 2));
        create(twin("real", 1));
        assertThat(heard).isEmpty();

        claims.complete();

        assertThat(heard).containsExactly("uid-real", "complete [edge-1/sensor]");
        assertThat(claims.name(SENSOR)).isEqualTo("real");
    }

    @Test
    void theOlderOneStaysInForceWhenAnotherComesChangesAndGoes() {
        create(twin("real", 1));
        claims.complete();
        heard.clear();

        var copy = twin("copy", 2);
        create(copy);
        claims.changed(copy);
        delete(copy);

        assertThat(heard).isNotEmpty().containsOnly("uid-real");
        assertThat(claims.name(SENSOR)).isEqualTo("real");
    }

    /** It is moved here from another hub, say: a start would choose it too. */
    @Test
    void anOlderOneThatComesLaterTakesOver() {
        create(twin("real", 2));
        claims.complete();
        heard.clear();

        create(twin("older", 1));

        assertThat(heard).containsExactly("uid-older");
        assertThat(claims.name(SENSOR)).isEqualTo("older");
    }

    /** The node was replaced: the twin of the old one stays, as somebody set properties on it. */
    @Test
    void theOneThatTheOperatorMadeForTheNodeTakesOverFromAnOlderOne() {
        create(made("sensor.press-old", 1));
        claims.complete();
        assertThat(claims.name(SENSOR)).isEqualTo("sensor.press-old");
        heard.clear();

        var made = made("sensor.press", 2);
        create(made);
        assertThat(heard).containsExactly("uid-sensor.press");
        assertThat(claims.name(SENSOR)).isEqualTo("sensor.press");

        delete(made);
        assertThat(heard).endsWith("uid-sensor.press-old");
    }

    /** It was in Git before, without the operator's labels. */
    @Test
    void oneThatTheOperatorTakesForItsOwnTakesOver() {
        create(twin("misnamed", 1));
        var named = twin("sensor.press", 2);
        create(named);
        claims.complete();
        assertThat(claims.name(SENSOR)).isEqualTo("misnamed");

        delete(named);
        create(made("sensor.press", 2));

        assertThat(claims.name(SENSOR)).isEqualTo("sensor.press");
    }

    @Test
    void anotherTakesOverWhenTheOneInForceGoes() {
        var real = twin("real", 1);
        var copy = twin("copy", 2);
        create(real);
        create(copy);
        claims.complete();
        heard.clear();

        delete(real);
        delete(copy);

        assertThat(heard).containsExactly("uid-copy", "removed");
        assertThat(claims.name(SENSOR)).isNull();
    }

    @Test
    void aTwinThatNamesNobodyIsLeftOut() {
        var nobody = new ModuleTwin();
        nobody.setMetadata(new ObjectMetaBuilder().withName("nobody").build());
        nobody.setSpec(new ModuleTwinSpec("not a device", "sensor", null, null, null, null));
        create(nobody);
        create(twin("real", 1));

        claims.complete();

        assertThat(heard).containsExactly("uid-real", "complete [edge-1/sensor]");
    }

    /** Its routes let clients in: all who may come must be known by then. */
    @Test
    void theHubsOwnTwinIsPassedOnLast() {
        create(twin("hub", Identity.hub("edge-1"), 1));
        create(twin("real", 2));
        create(twin("other", Identity.module("edge-1", "other"), 3));

        claims.complete();

        assertThat(heard).startsWith("uid-real", "uid-other", "uid-hub").hasSize(4);
    }

    @Test
    void aTwinThatIsNotTakenKeepsNoOtherFromIt() {
        create(twin("bad", 1));
        create(twin("good", Identity.module("edge-1", "good"), 1));
        failing = "uid-bad";

        claims.complete();

        assertThat(heard)
                .contains("uid-good", "complete [edge-1/good, edge-1/sensor]")
                .doesNotContain("uid-bad");
    }

    @Test
    void aTwinThatIsNotTakenIsTakenWhenItChanges() {
        claims.complete();
        var sensor = twin("sensor", 1);
        failing = "uid-sensor";
        create(sensor);
        failing = "";

        claims.changed(sensor);

        assertThat(heard).endsWith("uid-sensor");
    }

    @Test
    void aTwinThatIsNestedTooDeepKeepsNoneOfTheOthers() {
        var camera = Identity.module("edge-1", "camera");
        create(with(camera, nested(Nesting.MAX + 1)));
        create(twin("real", 1));

        claims.complete();

        assertThat(heard)
                .containsExactly("credentials of uid-camera", "uid-real", "complete [edge-1/camera, edge-1/sensor]");
        heard.clear();
        create(with(camera, nested(Nesting.MAX)));
        assertThat(heard).containsExactly("uid-camera");
    }

    /** It is among those that are there: what the hub has of it on disk is not forgotten. */
    @Test
    void aTwinThatIsTooLargeIsRefusedAlone() {
        var camera = Identity.module("edge-1", "camera");
        create(with(camera, JsonNodeFactory.instance.objectNode().put("a", "x".repeat(DesiredRules.MAX_BYTES))));
        create(twin("real", 1));

        claims.complete();

        assertThat(heard)
                .containsExactly("credentials of uid-camera", "uid-real", "complete [edge-1/camera, edge-1/sensor]");
        heard.clear();
        create(with(camera, JsonNodeFactory.instance.objectNode().put("a", "x".repeat(32_000))));
        assertThat(heard).containsExactly("uid-camera");
    }

    private static ObjectNode nested(int levels) {
        var document = JsonNodeFactory.instance.objectNode();
        var deepest = document;
        for (int i = 0; i < levels; i++) {
            deepest = deepest.putObject("a");
        }
        return document;
    }

    private ModuleTwin with(Identity identity, ObjectNode desired) {
        var name = String.valueOf(identity.moduleId());
        existing.removeIf(twin -> twin.getMetadata().getName().equals(name));
        var twin = twin(name, 1);
        twin.setSpec(new ModuleTwinSpec(
                identity.deviceId(), name, null, null, new ModuleTwinSpec.Properties(desired), null));
        return twin;
    }

    private void create(ModuleTwin twin) {
        existing.add(twin);
        claims.changed(twin);
    }

    private void delete(ModuleTwin twin) {
        existing.remove(twin);
        claims.changed(twin);
    }

    private static ModuleTwin made(String name, int day) {
        var twin = twin(name, day);
        twin.getMetadata().setLabels(Map.of("selvedge.dev/module", "sensor"));
        return twin;
    }

    private static ModuleTwin twin(String name, int day) {
        return twin(name, SENSOR, day);
    }

    private static ModuleTwin twin(String name, Identity identity, int day) {
        var twin = new ModuleTwin();
        twin.setMetadata(new ObjectMetaBuilder()
                .withName(name)
                .withUid("uid-" + name)
                .withGeneration(1L)
                .withCreationTimestamp("2026-03-0" + day + "T12:00:00Z")
                .build());
        twin.setSpec(new ModuleTwinSpec(identity.deviceId(), identity.moduleId(), null, null, null, null));
        return twin;
    }

    private final class Heard implements TwinSource.Listener {
        @Override
        public void desired(Identity identity, String uid, long version, Credentials credentials, ObjectNode desired) {
            if (uid.equals(failing)) {
                throw new IllegalStateException("on purpose");
            }
            heard.add(uid);
        }

        @Override
        public void credentials(Identity identity, String uid, Credentials credentials) {
            heard.add("credentials of " + uid);
        }

        @Override
        public void complete(Set<Identity> identities) {
            heard.add("complete "
                    + new TreeSet<>(identities.stream().map(Identity::path).toList()));
        }

        @Override
        public void removed(Identity identity) {
            heard.add("removed");
        }
    }
}
