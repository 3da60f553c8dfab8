package dev.selvedge.hub.desk;

import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;

import dev.selvedge.hub.message.Message;
import dev.selvedge.hub.message.MessageCodec;
import dev.selvedge.hub.store.Destination;
import dev.selvedge.hub.store.MessageStore;
import dev.selvedge.hub.store.StoreOptions;
import dev.selvedge.identity.Identity;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import static org.assertj.core.api.Assertions.assertThat;

class OpenStoreTest {
    private static final String UPSTREAM = "$upstream";
    private static final StoreOptions OPTIONS = new StoreOptions(1 << 20, 64 << 10, 0);

    private Instant now = Instant.parse("2026-01-01T00:00:00Z");

    @TempDir
    private Path folder;

    private MessageStore store(String device) throws Exception {
        return MessageStore.open(folder.resolve(device), device, OPTIONS, () -> now);
    }

    @Test
    void whatWasInQuarantineHasTheTimeThatItHadLeftInAnotherStoreToo() throws Exception {
        var lifetime = Duration.ofHours(2);
        var untilRefused = Duration.ofMinutes(5);
        List<StoredMessage> refused;
        var old = store("edge-1");
        try (var desk = new OpenStore(old, () -> now)) {
            var message = new Message(Identity.module("edge-1", "sensor"), "out", Map.of(), Map.of(), new byte[0]);
            var to = new Destination(UPSTREAM, 1, now.plus(lifetime).toEpochMilli());
            old.append(MessageCodec.encode(message), List.of(to)).get();
            now = now.plus(untilRefused);
            var queue = old.queue(UPSTREAM);
            queue.quarantine(queue.poll(1, 1 << 20).getFirst(), "no").get();
            refused =
                    desk.page(UPSTREAM, StoreDesk.Section.QUARANTINE, null, 10).messages();
        }

        now = now.plus(Duration.ofDays(1));
        try (var desk = new OpenStore(store("edge-2"), () -> now)) {
            assertThat(desk.store(refused).stored()).isEqualTo(1);

            assertThat(desk.page(UPSTREAM, StoreDesk.Section.QUEUE, null, 10).messages())
                    .extracting(StoredMessage::expiresAt)
                    .containsExactly(now.plus(lifetime).minus(untilRefused).toString());
        }
    }
}
