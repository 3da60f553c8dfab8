package dev.selvedge.hub.process;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

import org.awaitility.Awaitility;
import org.awaitility.core.ConditionFactory;

import static org.assertj.core.api.Assertions.assertThat;

/** Modules of one hub that publish until they are stopped. */
final class Publishers implements AutoCloseable {
    private static final Duration SOON = Duration.ofMinutes(2);

    private final List<Publisher> all = new ArrayList<>();

    /** Starts one for each module. */
    static Publishers start(HubProcess hub, List<String> modules) throws Exception {
        return start(hub, modules, 1, Integer.MAX_VALUE);
    }

    /** Starts one for each module; each message ends in so many dots, and each module sends no more than so many messages a second. */
    static Publishers start(HubProcess hub, List<String> modules, int dots, int perSecond) throws Exception {
        var publishers = new Publishers();
        for (var module : modules) {
            publishers.all.add(new Publisher(hub, module, dots, perSecond).start());
        }
        return publishers;
    }

    List<Publisher> each() {
        return all;
    }

    int acknowledged() {
        return all.stream().mapToInt(Publisher::acknowledged).sum();
    }

    /** How often a module was not given what it asked for. */
    int failed() {
        return all.stream().mapToInt(Publisher::failed).sum();
    }

    void stop() throws InterruptedException {
        for (var publisher : all) {
            publisher.stop();
        }
    }

    int arrived(Ledger ledger) {
        return all.stream()
                .mapToInt(publisher -> ledger.arrived(publisher.name()))
                .sum();
    }

    /**
     * What the hub acknowledged arrives, in order, the same when it came again, and the hub's account comes to say so. The modules have stopped;
     * what one of them had sent last may still be on its way to the disk, the broker or, acknowledged by that, back to the hub.
     */
    void assertArrived(Ledger ledger, HubProcess hub) {
        await().untilAsserted(() -> assertThat(all)
                .allSatisfy(publisher -> assertThat(ledger.arrived(publisher.name()))
                        .as("messages of " + publisher.name())
                        .isGreaterThanOrEqualTo(publisher.acknowledged())));
        await().untilAsserted(() -> {
            var account = hub.account();
            var messages = (long) arrived(ledger) + ledger.sentAgain();
            assertThat(account).isEqualTo(new Account(messages, messages, 0, 0, 0, 0));
        });
        assertThat(ledger.complaints()).isEmpty();
        assertThat(ledger.missing()).as("missing messages").isZero();
        assertThat(ledger.sentAgain())
                .as("messages under another sequence, and refusals to their modules")
                .isLessThanOrEqualTo(failed());
    }

    private static ConditionFactory await() {
        return Awaitility.await().atMost(SOON).pollInterval(Duration.ofMillis(20));
    }

    @Override
    public void close() throws InterruptedException {
        for (var publisher : all) {
            publisher.close();
        }
    }
}
