package dev.selvedge.hub.process;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

import com.hivemq.client.mqtt.mqtt5.Mqtt5BlockingClient;
import com.hivemq.client.mqtt.mqtt5.message.publish.Mqtt5Publish;

/**
 * Somebody behind the broker who checks what arrives while it does, and so may listen for long. The numbers of each {@link Publisher}, and the
 * sequences, come for the first time in order. What comes again has its own message id, and its own sequence unless its publisher has sent it again.
 */
final class Ledger implements AutoCloseable {
    private static final int COMPLAINTS = 20;

    private final Mqtt5BlockingClient client;
    private final Map<String, Column> columns = new HashMap<>();
    private final List<String> complaints = new ArrayList<>();
    private int repeated;
    private int sentAgain;
    private long watchingSince = Long.MAX_VALUE;
    private Optional<Duration> resumed = Optional.empty();

    Ledger(int port) {
        client = Receiver.listen(port, this::write);
    }

    private synchronized void write(Mqtt5Publish publish) {
        var words = Receiver.text(publish).split(" ", -1);
        var properties = Receiver.properties(publish);
        var message = words[0] + "-" + words[1];
        if (!message.equals(properties.get("$.messageId"))) {
            complain(message + " has the message id " + properties.get("$.messageId"));
        }
        var priorityAndSequence = properties.getOrDefault("sequence", "none-0").split("-", -1);
        columns.computeIfAbsent(words[0], Column::new)
                .write(Long.parseLong(priorityAndSequence[1]), Integer.parseInt(words[1]));
    }

    /** What has come from one source. */
    private final class Column {
        private final String source;
        private final Map<Long, Integer> numberBySequence = new HashMap<>();
        private long highestSequence;
        private int highest;
        private int missing;

        Column(String source) {
            this.source = source;
        }

        void write(long sequence, int number) {
            var before = numberBySequence.putIfAbsent(sequence, number);
            if (before == null) {
                first(sequence, number);
            } else if (before == number) {
                repeated++;
            } else {
                complain(source + " sequence " + sequence + " came as " + before + " and again as " + number);
            }
        }

        private void first(long sequence, int number) {
            if (sequence < highestSequence || number < highest) {
                complain(source + " " + number + " with sequence " + sequence + " came after " + highest + " with "
                        + highestSequence);
                return;
            }
            highestSequence = sequence;
            if (number == highest) {
                sentAgain++;
                return;
            }
            missing += number - highest - 1;
            highest = number;
            if (watchingSince != Long.MAX_VALUE) {
                resumed = Optional.of(Duration.ofNanos(System.nanoTime() - watchingSince));
                watchingSince = Long.MAX_VALUE;
            }
        }
    }

    private void complain(String complaint) {
        if (complaints.size() < COMPLAINTS) {
            complaints.add(complaint);
        }
    }

    /** How many different messages of a source have arrived. */
    synchronized int arrived(String source) {
        var column = columns.get(source);
        return column == null ? 0 : column.highest - column.missing;
    }

    /** How many messages have not come although later ones of their source have. */
    synchronized int missing() {
        return columns.values().stream().mapToInt(column -> column.missing).sum();
    }

    /** How often the hub sent a message that had come before. */
    synchronized int repeated() {
        return repeated;
    }

    /** How often a message came that its publisher had sent twice. */
    synchronized int sentAgain() {
        return sentAgain;
    }

    /** What was not as it has to be. */
    synchronized List<String> complaints() {
        return List.copyOf(complaints);
    }

    /** From now on, {@link #resumed} tells how long it took until something new came. */
    synchronized void watch() {
        watchingSince = System.nanoTime();
        resumed = Optional.empty();
    }

    synchronized Optional<Duration> resumed() {
        return resumed;
    }

    @Override
    public void close() {
        client.toAsync().disconnect().exceptionally(_ -> null).join();
    }
}
