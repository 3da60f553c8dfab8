package dev.selvedge.hub.tool;

import java.io.IOException;
import java.util.concurrent.Callable;

import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Messages that nobody wants any more. */
@Command(
        name = "purge",
        mixinStandardHelpOptions = true,
        description = {
            "Drop everything that waits for an endpoint, or all that is in quarantine for it. Counted as dropped, reason purged.",
            "What a running hub is just sending may still arrive."
        })
final class PurgeCommand implements Callable<Integer> {
    @Parameters(paramLabel = "ENDPOINT", description = "As ls names it: $$upstream, or a module's input.")
    private String endpoint = "";

    @Option(names = "--quarantine", description = "What is in quarantine for it, instead of what waits.")
    private boolean quarantine;

    @Mixin
    private Change change = new Change();

    @Override
    public Integer call() throws IOException {
        var section = Messages.section(quarantine);
        return change.of(endpoint, section, "purged", store -> store.purge(endpoint, section));
    }
}
