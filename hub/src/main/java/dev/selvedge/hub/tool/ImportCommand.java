package dev.selvedge.hub.tool;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.Callable;

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
            "Ends at the first batch that is not stored whole, and says which lines are not; of the one batch that a hub does not answer, nobody knows."
        })
final class ImportCommand implements Callable<Integer> {
    @Parameters(paramLabel = "FILE", description = "Lines of JSON; - is the standard input.")
    private Path file = Path.of("-");

    @Mixin
    private Where where = new Where();

    @Mixin
    private Output output = new Output();

    @Override
    public Integer call() throws IOException {
        LineImport.Result result;
        try (var in = reader();
                var store = where.toChange()) {
            result = new LineImport(store).all(in);
        }
        if (output.isJson()) {
            output.json(result);
        } else {
            output.out().println(Table.messages(result.stored()) + " stored");
        }
        for (var line : result.refused()) {
            output.err().println("line " + line.line() + " of " + file + " was not stored: " + line.reason());
        }
        var inDoubt = result.inDoubt();
        if (inDoubt != null) {
            var lines = "lines " + inDoubt.first() + " to " + inDoubt.last();
            output.err().println(lines + " of " + file + " may be stored or not: " + inDoubt.reason());
            output.err()
                    .println("import the file again from line " + inDoubt.first() + " on; what is stored of " + lines
                            + " is there twice then");
        }
        return result.refused().isEmpty() && inDoubt == null ? 0 : 1;
    }

    private BufferedReader reader() throws IOException {
        return file.toString().equals("-")
                ? new BufferedReader(new InputStreamReader(System.in, UTF_8))
                : Files.newBufferedReader(file);
    }
}
