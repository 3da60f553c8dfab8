package dev.selvedge.hub.tool;

import java.io.IOException;
import java.util.concurrent.Callable;

import dev.selvedge.hub.desk.StoreDesk.Section;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** Messages that a receiver may take by now. */
@Command(
        name = "release",
        mixinStandardHelpOptions = true,
        description = {
            "Let all that is in quarantine for an endpoint wait in its queue again, behind what is there.",
            "What its receiver still refuses comes back. What the store has no room for stays: nothing that waits is dropped for it."
        })
final class ReleaseCommand implements Callable<Integer> {
    @Parameters(paramLabel = "ENDPOINT", description = "As ls names it: $$upstream, or a module's input.")
    private String endpoint = "";

    @Mixin
    private Change change = new Change();

    @Override
    public Integer call() throws IOException {
        return change.of(endpoint, Section.QUARANTINE, "released", store -> store.release(endpoint));
    }
}
