package dev.selvedge.hub.tool;

import java.io.IOException;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;

import dev.selvedge.hub.desk.Contents;
import dev.selvedge.hub.store.Destination;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** What waits, and what became of the rest. */
@Command(
        name = "ls",
        mixinStandardHelpOptions = true,
        description = {
            "List the queues, by endpoint and priority, and the quarantine.",
            "BYTES is the disk that a queue holds: the log from its first message on, messages for others between included."
        })
final class ListCommand implements Callable<Integer> {
    @Mixin
    private Where where = new Where();

    @Mixin
    private Output output = new Output();

    @Override
    public Integer call() throws IOException {
        try (var store = where.toRead()) {
            var contents = store.contents();
            if (output.isJson()) {
                output.json(contents);
            } else {
                print(contents);
            }
        }
        return 0;
    }

    private void print(Contents contents) {
        var queues = new Table(
                "ENDPOINT",
                "PRIORITY",
                "WAITING",
                "BYTES",
                "OLDEST",
                "RECEIVED",
                "DELIVERED",
                "EXPIRED",
                "DROPPED",
                "QUARANTINED");
        for (var queue : contents.queues()) {
            queues.row(
                    queue.endpoint(),
                    queue.priority() == Destination.NO_PRIORITY ? "-" : "" + queue.priority(),
                    "" + queue.waiting(),
                    Table.bytes(queue.bytes()),
                    Table.age(queue.oldest()),
                    "" + queue.received(),
                    "" + queue.delivered(),
                    "" + queue.expired(),
                    dropped(queue.dropped()),
                    "" + queue.quarantined());
        }
        queues.print(output.out());
        if (!contents.quarantine().isEmpty()) {
            output.out().println();
            var quarantine = new Table("IN QUARANTINE FOR", "MESSAGES", "BYTES", "OLDEST", "LAST REASON");
            contents.quarantine()
                    .forEach(held -> quarantine.row(
                            held.endpoint(),
                            "" + held.messages(),
                            Table.bytes(held.bytes()),
                            Table.age(held.oldest()),
                            held.reason()));
            quarantine.print(output.out());
        }
        var limit = contents.maxBytes() == null ? "" : " of " + Table.bytes(contents.maxBytes());
        var lost = contents.lostRecords() == 0
                ? ""
                : "; " + contents.lostRecords() + " records were found missing or damaged since the store was made";
        output.out().println();
        output.out().println(Table.bytes(contents.bytes()) + limit + " taken" + lost);
    }

    private static String dropped(Map<String, Long> dropped) {
        var sum = dropped.values().stream().mapToLong(Long::longValue).sum();
        return sum == 0
                ? "0"
                : dropped.entrySet().stream()
                        .filter(entry -> entry.getValue() > 0)
                        .map(entry -> entry.getValue() + " " + entry.getKey())
                        .sorted()
                        .collect(Collectors.joining(", "));
    }
}
