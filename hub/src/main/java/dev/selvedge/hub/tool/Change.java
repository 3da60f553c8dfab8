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

    /** Says what goes and, if that was wanted, lets it; the exit code. */
    int of(String endpoint, Section section, String done, Work work) throws IOException {
        try (var store = yes ? where.toChange() : where.toRead()) {
            var going = going(store.contents(), endpoint, section);
            var count = going.messages();
            if (yes) {
                count = work.apply(store);
            }
            var told = new Going(endpoint, section, count, going.bytes(), going.oldest(), yes);
            if (output.isJson()) {
                output.json(told);
            } else {
                print(told, done);
            }
            if (!yes) {
                output.out().flush();
                output.err().println("nothing was changed: give --yes to do it");
                return 2;
            }
            return 0;
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
