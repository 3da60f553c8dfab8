package dev.selvedge.hub.tool;

import java.io.IOException;
import java.util.Objects;
import java.util.concurrent.Callable;

import dev.selvedge.hub.desk.StoredMessage;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** The next messages, as they are. */
@Command(
        name = "peek",
        mixinStandardHelpOptions = true,
        description = "Show the next messages of an endpoint, properties and body. None of them moves.")
final class PeekCommand implements Callable<Integer> {
    @Parameters(paramLabel = "ENDPOINT", description = "As ls names it: $$upstream, or a module's input.")
    private String endpoint = "";

    @Option(
            names = {"-n", "--count"},
            paramLabel = "N",
            description = "How many (default: ${DEFAULT-VALUE}).",
            defaultValue = "1")
    private int count;

    @Option(names = "--quarantine", description = "Those that its receiver would not take, oldest first.")
    private boolean quarantine;

    @Mixin
    private Where where = new Where();

    @Mixin
    private Output output = new Output();

    @Override
    public Integer call() throws IOException {
        try (var store = where.toRead()) {
            var messages = new Messages(store, endpoint, Messages.section(quarantine));
            for (var left = count; left > 0; left--) {
                var message = messages.next(left);
                if (message == null) {
                    break;
                }
                if (output.isJson()) {
                    output.json(message);
                } else {
                    print(message);
                }
            }
        }
        return 0;
    }

    private void print(StoredMessage message) {
        var out = output.out();
        out.println("--- " + message.endpoint() + ", priority "
                + Objects.requireNonNullElse(message.priority() == null ? null : "" + message.priority(), "none")
                + ", sequence " + message.sequence());
        line("stored at", message.storedAt());
        line("expires at", Objects.requireNonNullElse(message.expiresAt(), "never"));
        line("quarantined at", message.quarantinedAt());
        line("reason", message.reason());
        line("sender", message.sender());
        line("output", message.output());
        if (message.system() != null) {
            message.system().forEach((name, value) -> line("$" + name, value));
        }
        if (message.properties() != null) {
            message.properties().forEach(this::line);
        }
        if (message.recordBase64() != null) {
            out.println("no message that this version knows; Base64 of the record:");
            out.println(message.recordBase64());
        } else if (message.bodyBase64() != null) {
            out.println("body, no text; Base64:");
            out.println(message.bodyBase64());
        } else {
            out.println("body:");
            out.println(message.body());
        }
    }

    private void line(String name, @Nullable String value) {
        if (value != null) {
            output.out().println(name + ": " + value);
        }
    }
}
