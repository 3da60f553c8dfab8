package dev.selvedge.hub.tool;

import java.io.IOException;
import java.util.concurrent.Callable;

import com.fasterxml.jackson.databind.ObjectMapper;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** All messages of an endpoint, for {@link ImportCommand}. */
@Command(
        name = "export",
        mixinStandardHelpOptions = true,
        description = {
            "Write what waits for an endpoint as lines of JSON. Nothing moves: it still waits.",
            "What a running hub delivers meanwhile may be missing, or be there as well."
        })
final class ExportCommand implements Callable<Integer> {
    private static final ObjectMapper JSON = new ObjectMapper();

    @Spec
    private CommandSpec spec = CommandSpec.create();

    @Parameters(paramLabel = "ENDPOINT", description = "As ls names it: $$upstream, or a module's input.")
    private String endpoint = "";

    @Option(names = "--quarantine", description = "What its receiver would not take instead.")
    private boolean quarantine;

    @Mixin
    private Where where = new Where();

    @Override
    public Integer call() throws IOException {
        var out = spec.commandLine().getOut();
        var count = 0L;
        try (var store = where.toRead()) {
            var messages = new Messages(store, endpoint, Messages.section(quarantine));
            for (var message = messages.next(Long.MAX_VALUE);
                    message != null;
                    message = messages.next(Long.MAX_VALUE)) {
                out.println(JSON.writeValueAsString(message));
                count++;
            }
        }
        if (out.checkError()) {
            throw new IOException("the output did not take everything: is the disk full that it goes to?");
        }
        spec.commandLine().getErr().println(Table.messages(count) + " written");
        return 0;
    }
}
