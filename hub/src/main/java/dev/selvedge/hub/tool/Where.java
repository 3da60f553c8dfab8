package dev.selvedge.hub.tool;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;

import dev.selvedge.hub.desk.Access;
import dev.selvedge.hub.desk.OpenStore;
import dev.selvedge.hub.desk.StoreDesk;
import dev.selvedge.hub.store.MessageStore;
import dev.selvedge.hub.store.StoreOptions;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Which store. */
final class Where {
    private static final InstantSource CLOCK = InstantSource.system();
    private static final int SEGMENT_BYTES = 4 << 20;
    private static final long FREE_BYTES_FLOOR = 16 << 20;

    @Option(
            names = "--data",
            paramLabel = "DIR",
            description = "Data folder of the running hub (default: $$SELVEDGE_DATA, which is set in a hub's pod).",
            defaultValue = "${env:SELVEDGE_DATA}")
    private @Nullable Path data;

    @Option(
            names = "--folder",
            paramLabel = "DIR",
            description = "Open this folder instead: the data folder of a hub that does not run, or the store in it.")
    private @Nullable Path folder;

    /** To read only: a folder stays as it is, byte by byte. */
    StoreDesk toRead() throws IOException {
        return folder == null ? live() : new OpenStore(MessageStore.look(store(folder), CLOCK), CLOCK);
    }

    StoreDesk toChange() throws IOException {
        var options = new StoreOptions(Long.MAX_VALUE, SEGMENT_BYTES, FREE_BYTES_FLOOR);
        return folder == null ? live() : new OpenStore(MessageStore.tend(store(folder), options, CLOCK), CLOCK);
    }

    private RemoteStore live() throws IOException {
        if (data == null) {
            throw new IOException(
                    "which store? Name the data folder of a running hub (--data DIR), or one of a hub that does not run (--folder DIR)");
        }
        return new RemoteStore(Access.read(data));
    }

    private static Path store(Path folder) {
        var inside = folder.resolve("store");
        return Files.isDirectory(inside) ? inside : folder;
    }
}
