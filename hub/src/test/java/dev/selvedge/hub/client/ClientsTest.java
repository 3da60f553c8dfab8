package dev.selvedge.hub.client;

import java.nio.file.Path;
import java.time.InstantSource;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import dev.selvedge.hub.routing.RouterHolder;
import dev.selvedge.hub.session.Sessions;
import dev.selvedge.hub.store.MessageStore;
import dev.selvedge.hub.store.StoreOptions;
import dev.selvedge.hub.twin.StatusSink;
import dev.selvedge.hub.twin.Twins;
import dev.selvedge.identity.Credentials;
import dev.selvedge.identity.Identity;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

class ClientsTest {
    private static final Identity HUB = Identity.hub("edge-1");
    private static final Identity SENSOR = Identity.module("edge-1", "sensor");
    private static final Departure LEFT = new Departure(Departure.Cause.LEFT, "it left");

    @TempDir
    private Path folder;

    private final Map<Identity, StatusSink.State> shown = new ConcurrentHashMap<>();
    private MessageStore store;
    private Twins twins;
    private Clients clients;

    @BeforeEach
    void open() throws Exception {
        store = MessageStore.open(folder, "edge-1", StoreOptions.of(64 << 20), InstantSource.system());
        twins = new Twins(store.journal(), new Shown(), HUB);
        clients = new Clients(
                twins,
                new RouterHolder(twins, HUB, store.journal()),
                new Sessions(store.journal(), InstantSource.system()),
                ClientMeters.NONE,
                10,
                () -> 0);
        twins.desired(SENSOR, "uid", 1, Credentials.DEFAULT, JsonNodeFactory.instance.objectNode());
        await().until(() -> shown.containsKey(SENSOR));
    }

    @AfterEach
    void close() throws Exception {
        store.close();
    }

    @Test
    void whoComesBackWhileItsOldConnectionGoesIsConnected() throws Exception {
        var old = new Silent();
        clients.admit(SENSOR, old);
        assertThat(shown.get(SENSOR).connected()).isTrue();
        var going = new Thread(() -> clients.gone(SENSOR, old, LEFT));

        // nobody else shows a twin meanwhile: the old one is gone, and that is not shown yet
        synchronized (twins) {
            going.start();
            await().until(() -> clients.connected() == 0 && going.getState() == Thread.State.BLOCKED);
            clients.admit(SENSOR, new Silent());
        }
        going.join();

        assertThat(shown.get(SENSOR).connected()).isTrue();
    }

    @Test
    void whoIsGoneIsShownSo() {
        var client = new Silent();
        clients.admit(SENSOR, client);

        clients.gone(SENSOR, client, LEFT);

        assertThat(shown.get(SENSOR).connected()).isFalse();
    }

    @ParameterizedTest
    @EnumSource
    void whoIsSentAwayAgainAndAgainHasToWaitAndWhoLeavesHasNot(Departure.Cause cause) {
        for (int i = 0; i < 100; i++) {
            clients.gone(SENSOR, new Silent(), new Departure(cause, "for a test"));
        }

        var waits = Set.of("TAKEN_OVER", "PROTOCOL", "NOT_STORED", "FAILURE").contains(cause.name());
        assertThat(clients.patience(SENSOR).isPositive()).isEqualTo(waits);
    }

    private static final class Silent implements Client {
        @Override
        public void desiredChanged() {}

        @Override
        public void credentialsChanged() {}

        @Override
        public void routesChanged() {}

        @Override
        public CompletionStage<Void> close(Departure why) {
            return CompletableFuture.completedStage(null);
        }
    }

    private final class Shown implements StatusSink {
        @Override
        public void changed(Identity identity, State state) {
            shown.put(identity, state);
        }

        @Override
        public void close() {}
    }
}
