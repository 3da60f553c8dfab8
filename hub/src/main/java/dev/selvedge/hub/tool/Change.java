package dev.selvedge.hub.tool;

import java.io.IOException;

import dev.selvedge.hub.desk.Contents;
import dev.selvedge.hub.desk.StoreDesk;
import dev.selvedge.hub.desk.StoreDesk.Section;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** A change that is only made when somebody has seen what it changes, or said yes beforehand. */
final class Change {
    @Option(names = "--yes", description = "Do it. Without this nothing is changed: it is only said what would be.")
    private boolean yes;

    @Mixin
    private Where where = new Where();

    @Mixin
    private Output output = new Output();

    /** What is changed, in the past tense. */
    interface Work {
        long apply(StoreDesk store) throws IOException;
    }

    /**
     * What goes, or went.
     *
     * @param bytes of the log for a queue, of the messages for the quarantine
     */
    private record Going(
            String endpoint,
            Section section,
            long messages,
            long bytes,
            @Nullable String oldest,
            boolean done) {}

    /** Says what goes and, if that was wanted, lets it, and says what of it does not; the exit code. */
    int of(String endpoint, Section section, String done, Work work) throws IOException {
        try (var store = yes ? where.toChange() : where.toRead()) {
            var going = going(store.contents(), endpoint, section);
            return yes ? apply(store, going, done, work) : ask(going, done);
        }
    }

    private int ask(Going going, String done) throws IOException {
        tell(going, done);
        output.out().flush();
        output.err().println("nothing was changed: give --yes to do it");
        return 2;
    }

    private int apply(StoreDesk store, Going going, String done, Work work) throws IOException {
        var count = work.apply(store);
        // what waits may be delivered meanwhile; what is in quarantine goes by itself only to make room there
        if (going.section() == Section.QUEUE || count >= going.messages()) {
            tell(new Going(going.endpoint(), going.section(), count, going.bytes(), going.oldest(), true), done);
            return 0;
        }
        var left = going(store.contents(), going.endpoint(), going.section());
        var bytes = Math.max(0, going.bytes() - left.bytes());
        tell(new Going(going.endpoint(), going.section(), count, bytes, going.oldest(), true), done);
        output.out().flush();
        output.err()
                .println(
                        "not " + done + ": " + Table.messages(going.messages() - count) + "; "
                                + (left.messages() == 0
                                        ? "damaged or dropped, as selvedge-hub store ls says"
                                        : left.messages()
                                                + " stay in quarantine, for want of room or because older ones still wait for their turn"));
        return 1;
    }

    private void tell(Going going, String done) throws IOException {
        if (output.isJson()) {
            output.json(going);
        } else {
            print(going, done);
        }
    }

    private static Going going(Contents contents, String endpoint, Section section) throws IOException {
        var known =
                contents.queues().stream().anyMatch(queue -> queue.endpoint().equals(endpoint));
        if (!known) {
            throw new IOException(
                    "there is no endpoint '" + endpoint + "' in this store; selvedge-hub store ls names them");
        }
        if (section == Section.QUARANTINE) {
            return contents.quarantine().stream()
                    .filter(held -> held.endpoint().equals(endpoint))
                    .findFirst()
                    .map(held -> new Going(endpoint, section, held.messages(), held.bytes(), held.oldest(), false))
                    .orElse(new Going(endpoint, section, 0, 0, null, false));
        }
        var queues = contents.queues().stream()
                .filter(queue -> queue.endpoint().equals(endpoint))
                .toList();
        return new Going(
                endpoint,
                section,
                queues.stream().mapToLong(Contents.Queue::waiting).sum(),
                queues.stream().mapToLong(Contents.Queue::bytes).sum(),
                queues.stream()
                        .map(Contents.Queue::oldest)
                        .filter(oldest -> oldest != null)
                        .sorted()
                        .findFirst()
                        .orElse(null),
                false);
    }

    private void print(Going going, String done) {
        var place = going.section() == Section.QUARANTINE ? "in quarantine for " : "waiting for ";
        output.out()
                .println((going.done() ? done : "would be " + done) + ": " + Table.messages(going.messages()) + " "
                        + place
                        + going.endpoint() + ", " + Table.bytes(going.bytes()) + ", the oldest of "
                        + (going.oldest() == null ? "-" : going.oldest()));
    }
}
