package dev.selvedge.hub.tool;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.selvedge.hub.desk.StoreDesk;
import dev.selvedge.hub.desk.StoredMessage;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

import static java.nio.charset.StandardCharsets.UTF_8;

/** What {@link ExportCommand} wrote, back into a store. */
@Command(
        name = "import",
        mixinStandardHelpOptions = true,
        description = {
            "Store what export wrote, for the same endpoints and priorities, behind what waits there.",
            "Message ids, senders, properties and times of expiry stay; a message gets a new sequence. What is imported twice is there twice.",
            "What was in quarantine waits, with the time to live that was left when its receiver refused it.",
            "Nothing that waits is dropped for it: what the store has no room for is not stored.",
            "Ends at the first batch that is not stored whole, and says which lines are not."
        })
final class ImportCommand implements Callable<Integer> {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final int BATCH_CHARS = 256 << 10;
    private static final int BATCH_LINES = 500;

    @Parameters(paramLabel = "FILE", description = "Lines of JSON; - is the standard input.")
    private Path file = Path.of("-");

    @Mixin
    private Where where = new Where();

    @Mixin
    private Output output = new Output();

    /**
     * How it went.
     *
     * @param refused lines that were not stored, counted from 1
     */
    private record Result(long stored, List<Line> refused) {}

    private record Line(long line, String reason) {}

    @Override
    public Integer call() throws IOException {
        var refused = new ArrayList<Line>();
        long stored;
        try (var in = reader();
                var store = where.toChange()) {
            stored = store(in, store, refused);
        }
        if (output.isJson()) {
            output.json(new Result(stored, refused));
        } else {
            output.out().println(Table.messages(stored) + " stored");
        }
        for (var line : refused) {
            output.err().println("line " + line.line() + " of " + file + " was not stored: " + line.reason());
        }
        return refused.isEmpty() ? 0 : 1;
    }

    private BufferedReader reader() throws IOException {
        return file.toString().equals("-")
                ? new BufferedReader(new InputStreamReader(System.in, UTF_8))
                : Files.newBufferedReader(file);
    }

    private long store(BufferedReader in, StoreDesk store, List<Line> refused) throws IOException {
        var batch = new ArrayList<StoredMessage>();
        var lines = new ArrayList<Long>();
        var stored = 0L;
        var chars = 0;
        var number = 0L;
        for (var text = in.readLine(); refused.isEmpty(); text = in.readLine()) {
            number++;
            if (text == null || chars > BATCH_CHARS || batch.size() >= BATCH_LINES) {
                stored += flush(store, batch, lines, refused);
                chars = 0;
                if (text == null) {
                    return stored;
                }
                if (!refused.isEmpty()) {
                    refused.add(new Line(number, "it and what follows was not tried"));
                    return stored;
                }
            }
            if (!text.isBlank()) {
                chars += text.length();
                read(text, number, batch, lines, refused);
            }
        }
        return stored + flush(store, batch, lines, refused);
    }

    private static void read(
            String text, long number, List<StoredMessage> batch, List<Long> lines, List<Line> refused) {
        try {
            var message = JSON.readValue(text, StoredMessage.class);
            if (message != null) {
                batch.add(message);
                lines.add(number);
                return;
            }
            refused.add(new Line(number, "it is no message: null"));
        } catch (JsonProcessingException e) {
            refused.add(new Line(number, "it is no message: " + e.getOriginalMessage()));
        }
        refused.add(new Line(number + 1, "it and what follows was not tried"));
    }

    private static long flush(StoreDesk store, List<StoredMessage> batch, List<Long> lines, List<Line> refused)
            throws IOException {
        var result = store.store(List.copyOf(batch));
        result.refused().forEach(one -> refused.add(new Line(lines.get(one.index()), one.reason())));
        batch.clear();
        lines.clear();
        return result.stored();
    }
}
