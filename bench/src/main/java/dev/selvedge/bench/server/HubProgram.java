package dev.selvedge.bench.server;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

import dev.selvedge.bench.load.Crowd;
import dev.selvedge.bench.load.Ledger;
import dev.selvedge.bench.load.Subscriber;

/** The hub's jar and the flags it is run with. */
public record HubProgram(Path jar, List<String> flags) {
    private static final String MOST_HEAP = "-Xmx";

    /** The same with the first compiler alone. */
    public HubProgram firstCompilerAlone() {
        return with("-XX:TieredStopAtLevel=1");
    }

    /** The same with directives for its compilers. */
    public HubProgram withDirectives(Path file) {
        return with("-XX:+UnlockDiagnosticVMOptions", "-XX:CompilerDirectivesFile=" + file);
    }

    /**
     * The same with its heap as large from the start as it may get. A heap is touched page after page until it has been full once, which takes hours of a
     * life: what grows here is something else.
     */
    public HubProgram withWholeHeap() {
        var most = flags.stream()
                .filter(flag -> flag.startsWith(MOST_HEAP))
                .findFirst()
                .orElseThrow(() -> new IllegalStateException("no " + MOST_HEAP + " among the flags: " + flags));
        return with("-Xms" + most.substring(MOST_HEAP.length()), "-XX:+AlwaysPreTouch");
    }

    private HubProgram with(String... more) {
        return new HubProgram(
                jar, Stream.concat(flags.stream(), Stream.of(more)).toList());
    }

    /** The same with an AOT cache, recorded from a hub that moves some messages, as the build of the image does. */
    public HubProgram trained(Path folder) throws IOException {
        Files.createDirectories(folder);
        var cache = folder.resolve("hub.aot");
        var recorder = with("-XX:AOTCacheOutput=" + cache);
        try (var hub = new Hub(recorder, folder, Site.receiving(2), Optional.empty(), Map.of());
                var _ = new Subscriber(hub.receiver(), true, new Ledger());
                var crowd = new Crowd(2, 256, hub::publisher)) {
            crowd.publishAll(4, 6000);
        }
        if (!Files.exists(cache)) {
            throw new IOException("no AOT cache was recorded, see " + folder.resolve("hub.log"));
        }
        return with("-XX:AOTCache=" + cache, "-XX:+UnlockDiagnosticVMOptions", "-XX:ArchiveRelocationMode=0");
    }
}
