package dev.selvedge.hub.tool;

import java.io.BufferedReader;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.selvedge.hub.desk.StoreDesk;
import dev.selvedge.hub.desk.StoredMessage;
import org.jspecify.annotations.Nullable;

/** Stores lines of JSON batch by batch, up to the first batch that is not stored whole. */
final class LineImport {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final int BATCH_CHARS = 256 << 10;
    private static final int BATCH_LINES = 500;

    private final StoreDesk store;
    private final List<StoredMessage> batch = new ArrayList<>();
    /** Of each message of the batch, its line. */
    private final List<Long> lines = new ArrayList<>();

    private final List<Line> refused = new ArrayList<>();
    private @Nullable Doubt inDoubt;
    private long stored;
    private long chars;

    LineImport(StoreDesk store) {
        this.store = store;
    }

    /**
     * How it went. Lines are counted from 1.
     *
     * @param stored those that are on disk for certain
     * @param inDoubt null when of each line it is known whether it is stored
     */
    @JsonInclude(JsonInclude.Include.NON_NULL)
    record Result(long stored, List<Line> refused, @Nullable Doubt inDoubt) {}

    /** One that was not stored. */
    record Line(long line, String reason) {}

    /** A batch of which the store did not say what became of it. */
    record Doubt(long first, long last, String reason) {}

    Result all(BufferedReader in) throws IOException {
        var number = 0L;
        for (var text = in.readLine(); text != null && isWhole(); text = in.readLine()) {
            number++;
            if (chars > BATCH_CHARS || batch.size() >= BATCH_LINES) {
                flush();
            }
            if (!isWhole()) {
                refused.add(new Line(number, "it and what follows was not tried"));
            } else if (!text.isBlank()) {
                take(text, number);
            }
        }
        flush();
        return new Result(stored, refused, inDoubt);
    }

    private boolean isWhole() {
        return refused.isEmpty() && inDoubt == null;
    }

    private void take(String text, long number) {
        try {
            var message = JSON.readValue(text, StoredMessage.class);
            if (message != null) {
                batch.add(message);
                lines.add(number);
                chars += text.length();
                return;
            }
            refused.add(new Line(number, "it is no message: null"));
        } catch (JsonProcessingException e) {
            refused.add(new Line(number, "it is no message: " + e.getOriginalMessage()));
        }
        refused.add(new Line(number + 1, "it and what follows was not tried"));
    }

    private void flush() {
        if (batch.isEmpty()) {
            return;
        }
        try {
            var result = store.store(List.copyOf(batch));
            result.refused().forEach(one -> refused.add(new Line(lines.get(one.index()), one.reason())));
            stored += result.stored();
        } catch (IOException e) {
            inDoubt = new Doubt(lines.getFirst(), lines.getLast(), String.valueOf(e.getMessage()));
        }
        batch.clear();
        lines.clear();
        chars = 0;
    }
}
