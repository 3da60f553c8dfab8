package dev.selvedge.hub.process;

import java.util.ArrayList;
import java.util.List;

import static org.assertj.core.api.Assertions.assertThat;

/** Modules of one hub that publish until they are stopped. */
final class Publishers implements AutoCloseable {
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

    /** What the hub acknowledged has arrived. */
    boolean allArrived(Ledger ledger) {
        return all.stream().allMatch(publisher -> ledger.arrived(publisher.name()) >= publisher.acknowledged());
    }

    /** All of that, in order, the same when it came again; and the hub's account says so. Nothing is on its way any more. */
    void assertArrived(Ledger ledger, Account account) {
        assertThat(ledger.complaints()).isEmpty();
        assertThat(ledger.missing()).as("missing messages").isZero();
        assertThat(allArrived(ledger)).isTrue();
        assertThat(ledger.sentAgain())
                .as("messages under another sequence, and refusals to their modules")
                .isLessThanOrEqualTo(failed());
        var messages = (long) arrived(ledger) + ledger.sentAgain();
        assertThat(account).isEqualTo(new Account(messages, messages, 0, 0, 0, 0));
    }

    @Override
    public void close() throws InterruptedException {
        for (var publisher : all) {
            publisher.close();
        }
    }
}
